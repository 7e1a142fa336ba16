import type { Metadata } from 'next';
import { ConnectionPage } from '@/features/connections/components/connection-page';

export const metadata: Metadata = { title: 'Connection' };
export default async function Page({ params }: { params: Promise<{ name: string }> }) {
  return <ConnectionPage name={decodeURIComponent((await params).name)} />;
}

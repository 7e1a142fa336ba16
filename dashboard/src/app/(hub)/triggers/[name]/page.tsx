import type { Metadata } from 'next';
import { TriggerPage } from '@/features/triggers/components/trigger-page';

export const metadata: Metadata = { title: 'Trigger' };
export default async function Page({ params }: { params: Promise<{ name: string }> }) {
  return <TriggerPage name={decodeURIComponent((await params).name)} />;
}

import type { Metadata } from 'next';
import { DeadLetterPage } from '@/features/dead-letters/components/dead-letter-page';

export const metadata: Metadata = { title: 'Dead letter' };
export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  return <DeadLetterPage id={(await params).id} />;
}

import type { Metadata } from 'next';
import { TriggersPage } from '@/features/triggers/components/triggers-page';

export const metadata: Metadata = { title: 'Triggers' };
export default function Page() {
  return <TriggersPage />;
}

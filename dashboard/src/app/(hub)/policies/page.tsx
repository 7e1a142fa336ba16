import type { Metadata } from 'next';
import { PoliciesPage } from '@/features/policies/components/policies-page';

export const metadata: Metadata = { title: 'Routing policies' };
export default function Page() {
  return <PoliciesPage />;
}

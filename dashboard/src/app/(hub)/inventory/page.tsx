import type { Metadata } from 'next';
import { InventoryPage } from '@/features/inventory/components/inventory-page';

export const metadata: Metadata = { title: 'AI inventory' };
export default function Page() {
  return <InventoryPage />;
}

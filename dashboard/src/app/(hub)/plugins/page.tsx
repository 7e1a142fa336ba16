import type { Metadata } from 'next';
import { PluginsPage } from '@/features/plugins/components/plugins-page';

export const metadata: Metadata = { title: 'Plugins' };
export default function Page() {
  return <PluginsPage />;
}

import type { Metadata } from 'next';
import { PluginPage } from '@/features/plugins/components/plugin-page';

export const metadata: Metadata = { title: 'Plugin' };
export default async function Page({ params }: { params: Promise<{ name: string }> }) {
  return <PluginPage name={decodeURIComponent((await params).name)} />;
}

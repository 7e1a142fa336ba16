import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import { DocsList, DocsReader } from '@/features/docs/components/docs-pages';
import { listDocs, readDocs } from '@/features/docs/prepare/docs-files';

interface Props {
  params: Promise<{ page?: string[] }>;
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { page = [] } = await params;
  return { title: (page.length > 0 && (await readDocs(page.join('/')))?.title) || 'Documentation' };
}

export default async function Page({ params }: Props) {
  const { page = [] } = await params;
  const entries = await listDocs();
  if (page.length === 0) return <DocsList entries={entries} />;
  const here = page.join('/');
  const found = await readDocs(here);
  if (found === undefined) notFound();
  return <DocsReader page={found} entries={entries} here={here} />;
}

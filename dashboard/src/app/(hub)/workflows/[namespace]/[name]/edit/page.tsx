import type { Metadata } from 'next';
import { EditWorkflowPage } from '@/features/editor/components/editor-page';

interface Props {
  params: Promise<{ namespace: string; name: string }>;
}
export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: `Edit ${decodeURIComponent((await params).name)}` };
}
export default async function Page({ params }: Props) {
  const { namespace, name } = await params;
  return <EditWorkflowPage namespace={decodeURIComponent(namespace)} name={decodeURIComponent(name)} />;
}

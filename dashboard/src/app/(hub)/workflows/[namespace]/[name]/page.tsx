import type { Metadata } from 'next';
import { WorkflowPage } from '@/features/workflows/components/workflow-page';

interface Props {
  params: Promise<{ namespace: string; name: string }>;
}
export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: decodeURIComponent((await params).name) };
}
export default async function Page({ params }: Props) {
  const { namespace, name } = await params;
  return <WorkflowPage namespace={decodeURIComponent(namespace)} name={decodeURIComponent(name)} />;
}

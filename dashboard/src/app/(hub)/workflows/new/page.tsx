import type { Metadata } from 'next';
import { NewWorkflowPage } from '@/features/editor/components/editor-page';

export const metadata: Metadata = { title: 'New workflow' };
export default function Page() {
  return <NewWorkflowPage />;
}

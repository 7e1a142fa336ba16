'use client';
import { useRouter } from 'next/navigation';
import { NewDocumentDialog } from '@/ui/document-panel';
import { TEMPLATE } from '../prepare/trigger';
import { useApplyTrigger } from './use-trigger';

export function NewTriggerDialog({ onClose }: { onClose: () => void }) {
  const router = useRouter();
  return (
    <NewDocumentDialog
      title="New trigger"
      note="A document of kind Trigger, as a file would have it."
      label="Trigger document"
      template={TEMPLATE}
      apply={useApplyTrigger()}
      onApplied={({ name }) => router.push(`/triggers/${encodeURIComponent(name)}`)}
      onClose={onClose}
    />
  );
}

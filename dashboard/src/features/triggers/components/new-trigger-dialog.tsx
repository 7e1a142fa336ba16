'use client';
import { useState } from 'react';
import { useRouter } from 'next/navigation';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { ProblemNote } from '@/ui/notes';
import { YamlView } from '@/ui/yaml-view';
import { TEMPLATE } from '../prepare/trigger';
import { useApplyTrigger } from './use-trigger';

export function NewTriggerDialog({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState(TEMPLATE);
  const apply = useApplyTrigger();
  const router = useRouter();
  const send = () =>
    apply.mutate(text, { onSuccess: ({ name }) => router.push(`/triggers/${encodeURIComponent(name)}`) });
  return (
    <Dialog
      open
      wide
      onClose={onClose}
      title="New trigger"
      note="A document of kind Trigger, as a file would have it."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" busy={apply.isPending} onClick={send}>
            Apply
          </Button>
        </>
      }
    >
      <YamlView
        text={TEMPLATE}
        label="Trigger document"
        onChange={setText}
        className="h-[44vh] border border-line"
      />
      {apply.error !== null && <ProblemNote error={apply.error} className="mt-3" />}
    </Dialog>
  );
}

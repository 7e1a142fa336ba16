'use client';
import type { UseMutationResult } from '@tanstack/react-query';
import { Button } from './button';
import { Dialog } from './dialog';
import { ProblemNote } from './notes';

interface RemoveDialogProps {
  name: string;
  /** What removing it means for what is under way. */
  note: string;
  removal: UseMutationResult<unknown, Error, void>;
  onRemoved: () => void;
  onClose: () => void;
  /** What goes with it. */
  children?: React.ReactNode;
}

/** Asks before something is removed. */
export function RemoveDialog({ name, note, removal, onRemoved, onClose, children }: RemoveDialogProps) {
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Remove ${name}?`}
      note={note}
      footer={
        <>
          <Button onClick={onClose}>Keep it</Button>
          <Button
            variant="danger"
            busy={removal.isPending}
            onClick={() => removal.mutate(undefined, { onSuccess: onRemoved })}
          >
            Remove
          </Button>
        </>
      }
    >
      {children}
      {removal.error !== null && <ProblemNote error={removal.error} className="mb-3" />}
    </Dialog>
  );
}

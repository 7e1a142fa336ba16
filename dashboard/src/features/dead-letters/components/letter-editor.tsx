'use client';
import { useState } from 'react';
import { Send } from 'lucide-react';
import type { DeadLetterDetail } from '@tutti/contracts';
import { plural } from '@/format/format';
import { Button } from '@/ui/button';
import { ProblemNote } from '@/ui/notes';
import { Panel } from '@/ui/page';
import { useToasts } from '@/ui/toasts';
import { YamlView } from '@/ui/yaml-view';
import { differenceOf, editableText, shortValue } from '../prepare/letter';
import { useLetterAction } from './use-letters';

/** What differs from the payload as it came, field by field where both are JSON. */
function Difference({ before, after }: { before: string; after: string }) {
  return (
    <section aria-label="Difference to what came" className="flex flex-col gap-3">
      <h3 className="font-medium">Difference to what came</h3>
      <Edits before={before} after={after} />
    </section>
  );
}

function Edits({ before, after }: { before: string; after: string }) {
  const edits = differenceOf(before, after);
  if (edits === null)
    return <p className="text-ink-2">The payload as it came is not JSON, so the whole is replaced.</p>;
  if (edits.length === 0) return <p className="text-ink-2">It says the same as what came.</p>;
  return (
    <ul className="flex flex-col gap-1.5">
      {edits.map(({ path, before: was, after: is }) => (
        <li key={path} className="break-words" data-difference>
          <code className="mono font-medium">{path === '' ? 'the whole' : path}</code>{' '}
          <del className="mono text-bad">{shortValue(was)}</del> <span aria-hidden>→</span>{' '}
          <ins className="mono text-ok no-underline">{shortValue(is)}</ins>
        </li>
      ))}
    </ul>
  );
}

/** Edit, look at the difference, redrive. */
export function LetterEditor({ letter }: { letter: DeadLetterDetail }) {
  const original = editableText(letter.payload);
  const kept = letter.editedPayload === null ? original : editableText(letter.editedPayload);
  const [text, setText] = useState(kept);
  const [version, setVersion] = useState(0);
  const save = useLetterAction(letter.id);
  const send = useLetterAction(letter.id);
  const toasts = useToasts();
  const unsaved = text !== kept;
  const restart = (next: string) => {
    setText(next);
    setVersion(version + 1);
  };
  const store = () => save.mutateAsync({ text });
  const redrive = async () => {
    try {
      if (unsaved) await store();
      await send.mutateAsync('redrive');
      toasts.show('Redriven: the bus has the message');
    } catch {
      // The note below says what was refused, and the text stays as it was typed.
    }
  };
  const putBack = () => {
    if (letter.edited) save.mutate('restore', { onSuccess: () => restart(original) });
    else restart(original);
  };
  return (
    <Panel
      title="Payload"
      note={letter.edited ? 'edited; the original is kept' : 'edit it before it is sent again'}
      bodyClassName="flex flex-col"
    >
      <YamlView key={version} text={text} label="Payload" onChange={setText} className="h-[44vh]" />
      <div className="flex flex-col gap-3 border-t border-line p-4">
        <Difference before={letter.payload.text} after={text} />
        {save.error !== null && <ProblemNote error={save.error} />}
        {send.error !== null && <ProblemNote error={send.error} />}
      </div>
      <div className="flex flex-wrap items-center justify-end gap-2 border-t border-line px-4 py-2.5">
        <span className="mr-auto text-small text-ink-2" role="status">
          {unsaved ? 'Not saved yet' : letter.edited ? 'Saved' : plural(letter.payload.bytes, 'byte')}
        </span>
        <Button disabled={text === original && !letter.edited} onClick={putBack}>
          Put back
        </Button>
        <Button
          disabled={!unsaved}
          busy={save.isPending}
          onClick={() =>
            void store().then(
              () => toasts.show('Saved'),
              () => undefined,
            )
          }
        >
          Save
        </Button>
        <Button
          variant="primary"
          icon={<Send size={14} aria-hidden />}
          busy={send.isPending}
          onClick={() => void redrive()}
        >
          {unsaved ? 'Save and redrive' : 'Redrive'}
        </Button>
      </div>
    </Panel>
  );
}

'use client';
import { useState, type ReactNode } from 'react';
import Link from 'next/link';
import { MailWarning, RotateCcw, Trash2 } from 'lucide-react';
import type { DeadLetterDetail } from '@tutti/contracts';
import { useKeys } from '@/features/keyboard/components/keyboard';
import { formatBytes, plural } from '@/format/format';
import { asProblem } from '@/hub/problem';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Empty, ProblemNote, Skeleton, SkeletonRows } from '@/ui/notes';
import { Facts, PageFrame, Panel } from '@/ui/page';
import { ShortId } from '@/ui/short-id';
import { Status } from '@/ui/status';
import { Time } from '@/ui/time';
import { useToasts } from '@/ui/toasts';
import { YamlView } from '@/ui/yaml-view';
import { editableText, reasonText } from '../prepare/letter';
import { LetterEditor } from './letter-editor';
import { useLetter, useLetterAction } from './use-letters';

const ABOVE = [{ href: '/dead-letters', label: 'Dead letters' }];
const UNDO_MS = 8000;

function Payload({ letter }: { letter: DeadLetterDetail }) {
  const shown = letter.editedPayload ?? letter.payload;
  const editable = letter.status === 'open' && shown.encoding !== 'base64' && !shown.truncated;
  if (editable) return <LetterEditor letter={letter} />;
  return (
    <Panel
      title="Payload"
      note={
        shown.encoding === 'base64'
          ? 'bytes that are no text, as base64'
          : letter.edited
            ? 'as it was sent'
            : 'as it came'
      }
    >
      <YamlView text={editableText(shown)} label="Payload" className="h-[52vh]" />
      {letter.status === 'open' && (
        <p className="border-t border-line px-4 py-2 text-small text-ink-3">
          It cannot be edited here: npx tutti dead-letters edit {letter.id} --file FILE
        </p>
      )}
    </Panel>
  );
}

function Why({ letter }: { letter: DeadLetterDetail }) {
  return (
    <Panel title="Why it is here" bodyClassName="flex flex-col gap-2 p-4">
      <p className="font-medium break-words">{letter.detail}</p>
      <p className="text-ink-2">{reasonText(letter.reason)}</p>
      {letter.status === 'open' && letter.problem !== null && (
        <p className="rounded-md bg-wait-soft p-3 break-words">
          <span className="font-medium text-wait">A redrive would be refused now.</span> {letter.problem}
        </p>
      )}
    </Panel>
  );
}

function About({ letter }: { letter: DeadLetterDetail }) {
  const { run, trigger } = letter;
  return (
    <Panel title="Where it comes from" bodyClassName="p-4">
      <Facts
        items={[
          ['Reason', letter.reason],
          [
            'Topic',
            <code className="mono break-all" key="topic">
              {letter.topic}
            </code>,
          ],
          ['Place', `partition ${letter.partition}, offset ${letter.offset}`],
          [
            'Key',
            letter.key === null ? (
              'none'
            ) : (
              <code className="mono break-all" key="key">
                {letter.key}
              </code>
            ),
          ],
          ['Size', formatBytes(letter.bytes)],
          ['Kept', <Time key="kept" at={letter.createdAt} />],
          ['Sent again', letter.redrives === 0 ? 'never' : plural(letter.redrives, 'time')],
          ...(trigger === null ? [] : [['Trigger', trigger.name ?? trigger.id] as [string, string]]),
          [
            'Run',
            run === null ? (
              'not known'
            ) : (
              <Link key="run" href={`/runs/${run.id}`} className="text-accent hover:underline">
                {run.workflow.name}, {run.status}
              </Link>
            ),
          ],
          ...Object.entries(letter.headers).map(
            ([name, value]) =>
              [
                name,
                <code className="mono break-all" key={name}>
                  {value}
                </code>,
              ] as [string, ReactNode],
          ),
        ]}
      />
    </Panel>
  );
}

function DiscardDialog({ letter, onClose }: { letter: DeadLetterDetail; onClose: () => void }) {
  const discard = useLetterAction(letter.id);
  const reopen = useLetterAction(letter.id);
  const toasts = useToasts();
  const run = async () => {
    try {
      // Awaited here and not in a callback: the page draws the discarded letter anew, without this dialog.
      await discard.mutateAsync('discard');
      toasts.show('Discarded', {
        action: { label: 'Undo', run: () => reopen.mutate('reopen') },
        forMs: UNDO_MS,
      });
      onClose();
    } catch {
      // The note in the dialog says what was refused.
    }
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title="Discard this letter?"
      note="It is kept and can be opened again. What waits for this message goes on waiting."
      footer={
        <>
          <Button onClick={onClose}>Keep it open</Button>
          <Button variant="danger" busy={discard.isPending} onClick={() => void run()}>
            Discard
          </Button>
        </>
      }
    >
      {discard.error !== null && <ProblemNote error={discard.error} className="mb-3" />}
    </Dialog>
  );
}

function Letter({ letter }: { letter: DeadLetterDetail }) {
  const [discarding, setDiscarding] = useState(false);
  const reopen = useLetterAction(letter.id);
  const open = letter.status === 'open';
  useKeys(open ? { D: { does: 'Discard the letter', run: () => setDiscarding(true) } } : {});
  return (
    <PageFrame
      title="Dead letter"
      above={ABOVE}
      aside={
        <>
          <Status status={letter.status} soft />
          <ShortId id={letter.id} what="letter id" />
        </>
      }
      summary={
        letter.resolvedAt === null ? undefined : (
          <>
            {letter.status} by {letter.resolvedBy} <Time at={letter.resolvedAt} />
          </>
        )
      }
      actions={
        open ? (
          <Button
            variant="danger"
            icon={<Trash2 size={14} aria-hidden />}
            keys="D"
            onClick={() => setDiscarding(true)}
          >
            Discard
          </Button>
        ) : letter.status === 'discarded' ? (
          <Button
            icon={<RotateCcw size={14} aria-hidden />}
            busy={reopen.isPending}
            onClick={() => reopen.mutate('reopen')}
          >
            Open again
          </Button>
        ) : undefined
      }
    >
      {reopen.error !== null && <ProblemNote error={reopen.error} className="mb-3" />}
      <div className="grid grid-cols-[minmax(0,1fr)_minmax(320px,34%)] items-start gap-3 max-lg:grid-cols-1">
        <Payload letter={letter} />
        <div className="flex flex-col gap-3">
          <Why letter={letter} />
          <About letter={letter} />
        </div>
      </div>
      {discarding && <DiscardDialog letter={letter} onClose={() => setDiscarding(false)} />}
    </PageFrame>
  );
}

export function DeadLetterPage({ id }: { id: string }) {
  const { data: letter, error, refetch } = useLetter(id);
  if (letter !== undefined) return <Letter key={id} letter={letter} />;
  if (error === null)
    return (
      <PageFrame title="Dead letter" above={ABOVE} summary={<Skeleton className="w-60" />}>
        <SkeletonRows />
      </PageFrame>
    );
  return (
    <PageFrame title="Dead letter" above={ABOVE}>
      {asProblem(error).status === 404 ? (
        <Panel>
          <Empty
            icon={MailWarning}
            title="There is no such letter"
            action={
              <Link href="/dead-letters" className="text-accent underline">
                All dead letters
              </Link>
            }
          />
        </Panel>
      ) : (
        <ProblemNote error={error} retry={() => void refetch()} />
      )}
    </PageFrame>
  );
}

'use client';
import { useState } from 'react';
import { AlertTriangle } from 'lucide-react';
import type { Applied, WorkflowPreview } from '@tutti/contracts';
import { plural } from '@/format/format';
import { asProblem } from '@/hub/problem';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { ProblemNote, SkeletonRows } from '@/ui/notes';
import { readDocument } from '../prepare/document';
import { conflictOf, summaryOf, versionOffers } from '../prepare/review';
import { withVersion } from '../prepare/version';
import { FindingsList } from './findings-list';
import { TextDiff } from './text-diff';
import type { Base } from './use-draft';
import { useApply, useCurrentText, usePreview } from './use-review';

interface ReviewProps {
  text: string;
  base: Base;
  onText: (text: string) => void;
  onApplied: (applied: Applied, preview: WorkflowPreview) => void;
  onClose: () => void;
}

function Warning({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <div role="alert" className="flex gap-2.5 rounded-md border border-line bg-wait-soft p-3">
      <AlertTriangle size={16} className="mt-0.5 shrink-0 text-wait" aria-hidden />
      <div className="min-w-0 flex-1">
        <p className="font-medium text-wait">{title}</p>
        <div className="text-ink-2">{children}</div>
      </div>
    </div>
  );
}

function Breaks({ preview }: { preview: WorkflowPreview }) {
  if (preview.breaks.length === 0) return null;
  return (
    <Warning title="What this breaks">
      <ul className="list-disc pl-4">
        {preview.breaks.map(({ code, message }) => (
          <li key={`${code} ${message}`}>{message}</li>
        ))}
        {preview.input.map(({ pointer, detail, certain }) => (
          <li key={`${pointer} ${detail}`}>
            <code className="mono">{pointer}</code> {detail}
            {certain ? '' : ' (perhaps)'}
          </li>
        ))}
      </ul>
    </Warning>
  );
}

function Changes({ preview }: { preview: WorkflowPreview }) {
  const lines = summaryOf(preview);
  return (
    <section aria-label="What changes">
      <h3 className="mb-1 font-semibold">What changes</h3>
      <ul className="list-disc pl-4 text-ink-2">
        {lines.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    </section>
  );
}

function VersionOffer({
  preview,
  text,
  onText,
}: { preview: WorkflowPreview } & Pick<ReviewProps, 'text' | 'onText'>) {
  const offers = versionOffers(preview);
  if (offers.length === 0) return null;
  const set = (version: string) => {
    const next = withVersion(text, readDocument(text), version);
    if (next !== undefined) onText(next);
  };
  return (
    <div className="flex flex-wrap items-center gap-2" role="group" aria-label="Version of the document">
      <span className="text-ink-2">
        The document still says version {preview.version}, as the one that is applied. Make it
      </span>
      {offers.map(({ what, version }) => (
        <Button key={version} onClick={() => set(version)} aria-label={`${version}, a ${what} change`}>
          {version}
        </Button>
      ))}
    </div>
  );
}

/** Who is in the way, and what to do about it. */
function Conflict({ preview, onAccept }: { preview: WorkflowPreview; onAccept: () => void }) {
  const { current } = preview;
  return (
    <Warning title="It was changed meanwhile">
      <p>
        {current === null
          ? 'The version that you began from is not there any more.'
          : `Version ${current.number} (${current.version}) was applied by ${current.createdBy} since you began. ` +
            'The difference below is to that version: take over what you want to keep of it.'}
      </p>
      <Button className="mt-2" onClick={onAccept}>
        Compare with that version from now on
      </Button>
    </Warning>
  );
}

function Loaded({
  preview,
  accept,
  expected,
  ...props
}: { preview: WorkflowPreview; accept: () => void; expected: string | null } & ReviewProps) {
  const { text, onText } = props;
  const current = useCurrentText(preview);
  const notable = preview.findings.filter(({ severity }) => severity !== 'info');
  return (
    <div className="flex flex-col gap-4 pb-2">
      {conflictOf(preview, expected) && <Conflict preview={preview} onAccept={accept} />}
      <Breaks preview={preview} />
      <Changes preview={preview} />
      {notable.length > 0 && (
        <section aria-label="Findings">
          <h3 className="mb-1 font-semibold">{plural(notable.length, 'finding')} of the static check</h3>
          <div className="rounded-md border border-line">
            <FindingsList findings={notable} />
          </div>
        </section>
      )}
      <VersionOffer preview={preview} text={text} onText={onText} />
      {current.error !== null && <ProblemNote error={current.error} />}
      {current.text !== undefined && (
        <TextDiff
          before={{ text: current.text, label: 'The current version' }}
          after={{ text, label: 'Your version' }}
        />
      )}
    </div>
  );
}

/** What an apply changes and breaks, the difference of the texts, a note, and the apply itself. */
export function ReviewDialog(props: ReviewProps) {
  const { text, base, onApplied, onClose } = props;
  const preview = usePreview(text);
  const apply = useApply();
  const [note, setNote] = useState('');
  const [accepted, setAccepted] = useState<string | null | undefined>();
  const data = preview.data;
  const isSame = data !== undefined && data.namespace === base.namespace && data.name === base.name;
  const expected = accepted !== undefined ? accepted : isSame ? base.contentHash : null;
  const conflict = data !== undefined && conflictOf(data, expected);
  const late = apply.error !== null && asProblem(apply.error).status === 412;
  const send = () => {
    if (data === undefined) return;
    apply.mutate({ text, note, expected }, { onSuccess: (applied) => onApplied(applied, data) });
  };
  const blocked = data === undefined || conflict || data.change === 'unchanged' || preview.isFetching;
  return (
    <Dialog
      open
      onClose={onClose}
      wide="full"
      title="Review changes"
      note={data === undefined ? 'What an apply changes' : `${data.namespace}/${data.name}`}
      footer={
        <>
          <label className="mr-auto flex min-w-0 flex-1 items-center gap-2 text-ink-2">
            <span className="shrink-0">Note</span>
            <input
              className="field max-w-[420px]"
              maxLength={500}
              value={note}
              placeholder="Why, for who reads the versions later"
              onChange={(event) => setNote(event.target.value)}
            />
          </label>
          <Button onClick={onClose}>Go on editing</Button>
          <Button variant="primary" busy={apply.isPending} disabled={blocked} onClick={send}>
            Apply
          </Button>
        </>
      }
    >
      {apply.error !== null && !(late && conflict) && <ProblemNote error={apply.error} className="mb-3" />}
      {preview.error !== null && <ProblemNote error={preview.error} />}
      {preview.error === null && data === undefined && <SkeletonRows rows={6} />}
      {data !== undefined && (
        <Loaded
          {...props}
          preview={data}
          expected={expected}
          accept={() => setAccepted(data.current?.contentHash ?? null)}
        />
      )}
    </Dialog>
  );
}

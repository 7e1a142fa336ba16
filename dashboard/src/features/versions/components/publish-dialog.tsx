'use client';
import { useState } from 'react';
import type { WorkflowPreview, WorkflowVersion } from '@tutti/contracts';
import { useWorkflow } from '@/features/workflows/components/use-workflow';
import type { WorkflowName } from '@/features/workflows/prepare/workflow-path';
import { plural } from '@/format/format';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { ProblemNote, SkeletonRows } from '@/ui/notes';
import { useToasts } from '@/ui/toasts';
import { useDifference, usePublish, usePublishCheck } from './use-versions';

/** What would change for those who start runs, and what would not work any more. */
export function Difference({ difference }: { difference: WorkflowPreview }) {
  const { tasks, breaks, current } = difference;
  return (
    <>
      <p className="text-ink-2">
        {tasks.length === 0
          ? 'No task differs from the current version.'
          : `${plural(tasks.length, 'task')} ${tasks.length === 1 ? 'differs' : 'differ'} from the current version: ${tasks
              .slice(0, 8)
              .map(({ change, name }) => `${name} ${change}`)
              .join(', ')}${tasks.length > 8 ? ' and more' : ''}.`}
        {current !== null && current.runsUnderWay > 0
          ? ` ${plural(current.runsUnderWay, 'run')} under way stay on #${current.number}.`
          : ''}
      </p>
      {breaks.map(({ code, message }) => (
        <p key={`${code} ${message}`} className="mt-2 text-bad">
          {message}
        </p>
      ))}
    </>
  );
}

function Findings({ of, version }: { of: WorkflowName; version: WorkflowVersion }) {
  const source = useWorkflow(of, version.contentHash);
  const difference = useDifference(source.data?.source);
  const check = usePublishCheck(of, version.number);
  const findings = check.data?.findings ?? [];
  if (check.isPending || difference.isPending) return <SkeletonRows rows={3} />;
  return (
    <>
      {difference.data !== undefined && <Difference difference={difference.data} />}
      {difference.error !== null && <ProblemNote error={difference.error} />}
      {check.error !== null && <ProblemNote error={check.error} />}
      {findings.length > 0 && (
        <ul className="mt-2 text-small" aria-label="Findings">
          {findings.map(({ severity, code, message }, index) => (
            <li key={`${index} ${code}`} className={severity === 'error' ? 'text-bad' : 'text-ink-2'}>
              {severity}: {message}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function Share({ value, onChange }: { value: number; onChange: (percent: number) => void }) {
  return (
    <fieldset className="mt-4">
      <legend className="mb-1 font-medium">Share of the new runs</legend>
      <div className="flex flex-wrap gap-3">
        {[100, 50, 25, 10, 5, 1].map((percent) => (
          <label key={percent} className="flex items-center gap-1.5">
            <input type="radio" name="share" checked={value === percent} onChange={() => onChange(percent)} />
            {percent === 100 ? 'All: the current version' : `${percent} %`}
          </label>
        ))}
      </div>
    </fieldset>
  );
}

/** Looks at a version again, then makes it the current one or a canary. */
export function PublishDialog({
  of,
  version,
  onClose,
}: {
  of: WorkflowName;
  version: WorkflowVersion;
  onClose: () => void;
}) {
  const [percent, setPercent] = useState(version.canaryPercent ?? 100);
  const [note, setNote] = useState('');
  const [force, setForce] = useState(false);
  const publish = usePublish(of);
  const toasts = useToasts();
  const send = () =>
    publish.mutate(
      { version: version.number, percent, note, force },
      {
        onSuccess: ({ change }) => {
          const what = change === 'canary' ? `takes ${percent} % of the new runs` : 'is the current version';
          toasts.show(`#${version.number} ${what}`);
          onClose();
        },
      },
    );
  return (
    <Dialog
      open
      onClose={onClose}
      wide
      title={`Publish version #${version.number}?`}
      note="New runs start on it. Runs under way stay on theirs."
      footer={
        <>
          <Button onClick={onClose}>Back</Button>
          <Button variant="primary" busy={publish.isPending} onClick={send}>
            {percent === 100 ? 'Make it the current version' : `Give it ${percent} % of the new runs`}
          </Button>
        </>
      }
    >
      <Findings of={of} version={version} />
      <Share value={percent} onChange={setPercent} />
      <label htmlFor="publish-note" className="mt-4 mb-1 block font-medium">
        Why <span className="font-normal text-ink-3">(kept in the audit trail)</span>
      </label>
      <input
        id="publish-note"
        className="field"
        value={note}
        maxLength={500}
        onChange={(event) => setNote(event.target.value)}
      />
      <label className="mt-3 flex items-center gap-2">
        <input type="checkbox" checked={force} onChange={(event) => setForce(event.target.checked)} />
        Also with errors among the findings
      </label>
      {publish.error !== null && <ProblemNote error={publish.error} className="mt-3" />}
    </Dialog>
  );
}

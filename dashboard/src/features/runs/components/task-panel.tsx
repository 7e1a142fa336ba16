'use client';
import { useState } from 'react';
import Link from 'next/link';
import { RotateCcw, X } from 'lucide-react';
import type { RunSummary } from '@tutti/contracts';
import { formatCost, formatDuration, formatExact, MISSING, plural, shortId } from '@/format/format';
import { Button, IconButton } from '@/ui/button';
import { JsonView } from '@/ui/json-view';
import { Facts } from '@/ui/page';
import { Status, StatusIcon } from '@/ui/status';
import type { Attempt, TaskFacts } from '../prepare/task-facts';
import { hasEnded } from '../prepare/filters';
import { RetryDialog } from './retry-dialog';

const VERDICTS = { chosen: 'completed', skipped: 'skipped', failed: 'faulted' } as const;

function AttemptView({ attempt }: { attempt: Attempt }) {
  const { confidence, costMicros, currency, tokens, candidates, policy, said, endedMs, startedMs } = attempt;
  return (
    <li className="border-t border-line py-2">
      <p className="flex items-center gap-2">
        <StatusIcon status={endedMs === null ? 'running' : attempt.failed ? 'faulted' : 'completed'} />
        <span className="font-medium">Attempt {attempt.attempt}</span>
        <span className="text-ink-3">
          {attempt.connection ?? 'HTTP'}
          {endedMs === null ? '' : `, ${formatDuration(endedMs - startedMs)}`}
        </span>
      </p>
      {said !== null && <p className="mt-1 break-words text-bad">{said}</p>}
      {(confidence !== null || tokens !== null || costMicros !== null) && (
        <p className="mt-1 text-ink-2">
          {[
            confidence === null ? null : `confidence ${confidence.toFixed(2)}`,
            tokens === null ? null : plural(tokens, 'token'),
            costMicros === null ? null : formatCost(costMicros, currency),
          ]
            .filter(Boolean)
            .join(', ')}
        </p>
      )}
      {candidates.length > 0 && (
        <div className="mt-1.5">
          <p className="text-small text-ink-3">Candidates{policy === null ? '' : ` of policy ${policy}`}</p>
          <ul>
            {candidates.map(({ connection, verdict, because }) => (
              <li key={connection} className="flex items-start gap-2">
                <span className="mt-[3px]">
                  <StatusIcon status={VERDICTS[verdict]} size={13} />
                </span>
                <span>
                  <span className="font-medium">{connection}</span> {verdict}
                  {because === undefined ? '' : `: ${because}`}
                </span>
              </li>
            ))}
          </ul>
        </div>
      )}
      {attempt.output !== undefined && (
        <div className="mt-1.5">
          <JsonView value={attempt.output} label={`output of attempt ${attempt.attempt}`} />
        </div>
      )}
    </li>
  );
}

function factsOf(facts: readonly TaskFacts[], latest: TaskFacts): [string, React.ReactNode][] {
  const { task, type, startedMs, endedMs, reviewId, because, childRunId } = latest;
  const items: [string, React.ReactNode][] = [
    [
      'Task',
      <code key="t" className="mono">
        {task}
      </code>,
    ],
    ['Kind', type],
    ['Started', formatExact(startedMs)],
    ['Took', endedMs === null ? MISSING : formatDuration(endedMs - startedMs)],
  ];
  if (facts.length > 1) items.push(['Ran', plural(facts.length, 'time')]);
  if (reviewId !== null)
    items.push([
      'Review',
      <Link key="r" href={`/reviews?status=all&review=${reviewId}`} className="text-accent hover:underline">
        {because ?? 'Open the review'}
      </Link>,
    ]);
  if (childRunId !== null)
    items.push([
      'Run',
      <Link key="c" href={`/runs/${childRunId}`} className="mono text-accent hover:underline">
        {shortId(childRunId)}
      </Link>,
    ]);
  return items;
}

function Retries({ latest }: { latest: TaskFacts }) {
  if (latest.retries.length === 0) return null;
  return (
    <section aria-label="Retries" className="mt-2 border-t border-line pt-2">
      <p className="mb-1 text-small text-ink-3">{plural(latest.retries.length, 'retry', 'retries')}</p>
      <ol>
        {latest.retries.map(({ attempt, delayMs, error, atMs }) => (
          <li key={`${attempt} ${atMs}`} className="flex gap-2 py-0.5">
            <span className="mt-[3px]">
              <StatusIcon status="retrying" size={13} />
            </span>
            <span className="min-w-0 break-words">
              <span className="font-medium">Retry {attempt}</span>{' '}
              <span className="text-ink-3">
                after {formatDuration(delayMs)}, {formatExact(atMs)}
              </span>{' '}
              {error.detail ?? error.title}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}

function Results({ latest }: { latest: TaskFacts }) {
  return (
    <>
      {latest.attempts.length > 0 && (
        <ul className="mt-2">
          {latest.attempts.map((attempt) => (
            <AttemptView key={`${attempt.callId} ${attempt.attempt}`} attempt={attempt} />
          ))}
        </ul>
      )}
      {latest.output !== undefined && (
        <div className="mt-2 border-t border-line pt-2">
          <p className="mb-1 text-small text-ink-3">Output</p>
          <JsonView value={latest.output} label="output of the task" />
        </div>
      )}
    </>
  );
}

/** What the journal says of one task: its state, attempts, why a connection was chosen, what came out. */
export function TaskPanel({
  run,
  facts,
  onClose,
}: {
  run: RunSummary;
  facts: readonly TaskFacts[];
  onClose: () => void;
}) {
  const [asked, setAsked] = useState(false);
  const latest = facts.at(-1) as TaskFacts;
  return (
    <section aria-label={`Task ${latest.name}`} className="panel flex max-h-[46%] min-h-[200px] flex-col">
      <header className="flex min-h-11 items-center justify-between gap-2 border-b border-line py-1.5 pr-1.5 pl-4">
        <div className="flex min-w-0 items-center gap-2.5">
          <h2 className="truncate font-semibold">{latest.name}</h2>
          <Status status={latest.state} />
        </div>
        <span className="flex">
          {hasEnded(run.status) && (
            <Button variant="ghost" icon={<RotateCcw size={14} aria-hidden />} onClick={() => setAsked(true)}>
              Retry from here
            </Button>
          )}
          <IconButton label="Close the task" onClick={onClose}>
            <X size={15} aria-hidden />
          </IconButton>
        </span>
      </header>
      <div
        className="min-h-0 flex-1 overflow-y-auto px-4 py-3"
        tabIndex={0}
        role="region"
        aria-label={`Facts of ${latest.name}`}
      >
        <Facts items={factsOf(facts, latest)} />
        {latest.error !== null && (
          <p className="mt-2 rounded-md bg-bad-soft p-2 text-bad">
            {latest.error.title}
            {latest.error.detail === undefined ? '' : `: ${latest.error.detail}`}
          </p>
        )}
        <Retries latest={latest} />
        <Results latest={latest} />
      </div>
      <RetryDialog
        key={latest.task}
        run={run}
        fromTask={latest.task}
        open={asked}
        onClose={() => setAsked(false)}
      />
    </section>
  );
}

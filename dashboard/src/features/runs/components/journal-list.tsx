'use client';
import { useState } from 'react';
import { ChevronRight } from 'lucide-react';
import { formatExact } from '@/format/format';
import { classNames } from '@/ui/class-names';
import { JsonView } from '@/ui/json-view';
import { StatusIcon } from '@/ui/status';
import { lineOf, topicOf, type Entry, type Topic } from '../prepare/journal';

const TOPICS: [Topic | 'all', string][] = [
  ['all', 'All'],
  ['run', 'Run'],
  ['task', 'Tasks'],
  ['call', 'Calls'],
  ['review', 'Reviews'],
];

function Row({ entry, startedMs }: { entry: Entry; startedMs: number }) {
  const [open, setOpen] = useState(false);
  const { title, detail, status } = lineOf(entry);
  const offset = `+${((entry.atMs - startedMs) / 1000).toFixed(3)} s`;
  return (
    <li className="border-b border-line last:border-0">
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        className="grid min-h-9 w-full grid-cols-[14px_104px_16px_minmax(0,1fr)] items-center gap-2.5 px-3 py-1.5 text-left hover:bg-hover"
      >
        <ChevronRight size={13} aria-hidden className={classNames('text-ink-3', open && 'rotate-90')} />
        <span className="mono text-right text-ink-3" title={formatExact(entry.atMs)}>
          {offset}
        </span>
        <StatusIcon status={status} />
        <span className="min-w-0">
          <span className="font-medium">{title}</span>
          {detail !== null && <span className="ml-2 break-words text-ink-2">{detail}</span>}
        </span>
      </button>
      {open && (
        <div className="border-t border-line bg-canvas px-4 py-3">
          <JsonView value={withoutOurs(entry)} label={`entry ${entry.sequence}`} />
        </div>
      )}
    </li>
  );
}

function withoutOurs({ atMs: _ours, ...entry }: Entry): unknown {
  return entry;
}

/**
 * The journal: what happened in the order in which the engine decided it; each line opens to the whole entry.
 */
export function JournalList({
  entries,
  startedMs,
  cut,
  task,
}: {
  entries: readonly Entry[];
  startedMs: number;
  cut: boolean;
  task: string;
}) {
  const [topic, setTopic] = useState<Topic | 'all'>('all');
  const shown = entries.filter(
    (entry) =>
      (topic === 'all' || topicOf(entry.kind) === topic) &&
      (task === '' || ('task' in entry && entry.task === task)),
  );
  return (
    <div className="panel flex h-full min-h-0 flex-col">
      <div
        role="group"
        aria-label="Kinds of entries"
        className="flex items-center gap-1 border-b border-line px-3 py-1.5"
      >
        {TOPICS.map(([id, label]) => (
          <button
            key={id}
            type="button"
            aria-pressed={topic === id}
            onClick={() => setTopic(id)}
            className={classNames(
              'h-7 rounded-md px-2.5',
              topic === id ? 'bg-selected font-medium' : 'text-ink-2 hover:bg-hover',
            )}
          >
            {label}
          </button>
        ))}
        <span className="ml-auto text-small text-ink-3">
          {shown.length} of {entries.length}
          {task === '' ? '' : ', of the chosen task'}
        </span>
      </div>
      <ol className="min-h-0 flex-1 overflow-y-auto" tabIndex={0} aria-label="Journal">
        {shown.map((entry, index) => (
          <Row key={`${entry.sequence} ${index}`} entry={entry} startedMs={startedMs} />
        ))}
        {shown.length === 0 && <li className="p-6 text-center text-ink-3">No entry of this kind.</li>}
        {cut && (
          <li className="p-3 text-center text-ink-3">
            The journal goes on. The command line has all of it:{' '}
            <code className="mono">npx tutti show RUN --journal</code>
          </li>
        )}
      </ol>
    </div>
  );
}

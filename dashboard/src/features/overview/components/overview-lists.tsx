'use client';
import type { ReactNode } from 'react';
import Link from 'next/link';
import { useQuery } from '@tanstack/react-query';
import type { ReviewSummary, RunSummary, WorkflowSummary } from '@tutti/contracts';
import { workflowHref } from '@/features/workflows/prepare/workflow-path';
import { formatCount, formatDuration, formatShare, plural } from '@/format/format';
import { hub, type Page } from '@/hub/client';
import { ProblemNote, SkeletonRows } from '@/ui/notes';
import { Panel } from '@/ui/page';
import { StatusIcon } from '@/ui/status';
import { Time } from '@/ui/time';

const ROWS = 6;

function useList<T>(key: string[], path: string, query: Record<string, string> = {}) {
  return useQuery({
    queryKey: key,
    queryFn: ({ signal }) => hub<Page<T>>(path, { query: { ...query, limit: ROWS }, signal }),
  });
}

interface ListProps<T> {
  title: string;
  more: { href: string; label: string };
  query: { data: Page<T> | undefined; error: Error | null };
  none: string;
  row: (item: T) => ReactNode;
}

function List<T>({ title, more, query: { data, error }, none, row }: ListProps<T>) {
  return (
    <Panel
      title={title}
      actions={
        <Link href={more.href} className="rounded-[4px] text-small text-accent hover:underline">
          {more.label}
        </Link>
      }
      bodyClassName="min-h-[264px]"
    >
      {error !== null ? (
        <ProblemNote error={error} className="m-3" />
      ) : data === undefined ? (
        <SkeletonRows rows={ROWS} height={44} />
      ) : data.items.length === 0 ? (
        <p className="flex h-[264px] items-center justify-center text-ink-3">{none}</p>
      ) : (
        <ul>{data.items.slice(0, ROWS).map(row)}</ul>
      )}
    </Panel>
  );
}

function Line({
  href,
  icon,
  title,
  note,
  aside,
}: {
  href: string;
  icon: ReactNode;
  title: string;
  note: ReactNode;
  aside: ReactNode;
}) {
  return (
    <li className="border-b border-line last:border-0">
      <Link href={href} className="flex h-[44px] items-center gap-2.5 px-4 hover:bg-hover">
        {icon}
        <span className="min-w-0 flex-1">
          <span className="block truncate font-medium">{title}</span>
          <span className="flex gap-3 text-small text-ink-3">
            <span className="min-w-0 flex-1 truncate">{note}</span>
            <span className="whitespace-nowrap">{aside}</span>
          </span>
        </span>
      </Link>
    </li>
  );
}

export function WaitingReviews() {
  const query = useList<ReviewSummary>(['reviews', 'waiting'], '/v1/reviews', { status: 'open' });
  return (
    <List
      title="Waiting for a person"
      more={{ href: '/reviews', label: 'Inbox' }}
      query={query}
      none="Nothing waits for a person."
      row={(review) => (
        <Line
          key={review.id}
          href={`/reviews?review=${review.id}`}
          icon={<StatusIcon status="open" />}
          title={review.title}
          note={review.because}
          aside={<Time at={review.openedAt} />}
        />
      )}
    />
  );
}

export function LatestFaults() {
  const query = useList<RunSummary>(['runs', 'faults'], '/v1/runs', { status: 'faulted' });
  return (
    <List
      title="Latest faults"
      more={{ href: '/runs?status=faulted', label: 'All faults' }}
      query={query}
      none="No run has faulted."
      row={(run) => (
        <Line
          key={run.id}
          href={`/runs/${run.id}`}
          icon={<StatusIcon status="faulted" />}
          title={run.error?.title ?? 'Faulted'}
          note={[run.workflow.name, run.error?.detail].filter(Boolean).join(': ')}
          aside={<Time at={run.endedAt ?? run.startedAt} />}
        />
      )}
    />
  );
}

export function WorkflowHealth() {
  const query = useList<WorkflowSummary>(['workflows', 'health'], '/v1/workflows');
  return (
    <List
      title="Workflows, last 24 hours"
      more={{ href: '/workflows', label: 'All workflows' }}
      query={query}
      none="No workflow is applied yet."
      row={({ namespace, name, title, recent }) => {
        const ended = recent.completed + recent.faulted;
        const state = !ended ? 'idle' : recent.faulted > 0 ? 'faulted' : 'completed';
        return (
          <Line
            key={`${namespace}/${name}`}
            href={workflowHref({ namespace, name })}
            icon={<StatusIcon status={state} />}
            title={title ?? name}
            note={[
              plural(recent.runs, 'run'),
              `${formatCount(recent.faulted)} faulted`,
              `median ${formatDuration(recent.p50Ms)}`,
            ].join(', ')}
            aside={formatShare(ended === 0 ? null : recent.completed / ended)}
          />
        );
      }}
    />
  );
}

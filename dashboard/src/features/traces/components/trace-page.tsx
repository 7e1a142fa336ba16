'use client';
import Link from 'next/link';
import { useQuery } from '@tanstack/react-query';
import { ListTree } from 'lucide-react';
import { formatDuration, plural } from '@/format/format';
import { hub } from '@/hub/client';
import { asProblem } from '@/hub/problem';
import type { Trace } from '@/hub/types';
import { Empty, ProblemNote, SkeletonRows } from '@/ui/notes';
import { PageFrame, Panel } from '@/ui/page';
import { ShortId } from '@/ui/short-id';
import { Time } from '@/ui/time';
import { Waterfall } from './waterfall';

const OPEN_MS = 3000;

export function TracePage({ id }: { id: string }) {
  const { data, error, refetch } = useQuery({
    queryKey: ['trace', id],
    queryFn: ({ signal }) => hub<Trace>(`/v1/traces/${id}`, { signal }),
    refetchInterval: ({ state }) => (state.data?.spans.some(({ open }) => open) === true ? OPEN_MS : false),
  });
  const above = [{ href: '/traces', label: 'Traces' }];
  if (error !== null && data === undefined)
    return (
      <PageFrame title="Trace" above={above}>
        {asProblem(error).status === 404 ? (
          <Panel>
            <Empty
              icon={ListTree}
              title="There is no such trace"
              action={
                <Link href="/traces" className="text-accent underline">
                  All traces
                </Link>
              }
            >
              It may not have arrived yet, or retention has removed it.
            </Empty>
          </Panel>
        ) : (
          <ProblemNote error={error} retry={() => void refetch()} />
        )}
      </PageFrame>
    );
  if (data === undefined)
    return (
      <PageFrame title="Trace" above={above}>
        <Panel>
          <SkeletonRows />
        </Panel>
      </PageFrame>
    );
  const root = data.spans.find(({ parentSpanId }) => parentSpanId === null) ?? data.spans[0];
  const runId = data.spans.find((span) => span.runId !== null)?.runId ?? null;
  return (
    <PageFrame
      title={root?.name ?? 'Trace'}
      above={above}
      fill
      summary={
        <span className="flex flex-wrap gap-x-4">
          <span>
            <ShortId id={id} what="trace id" />
          </span>
          <span>
            <Time at={data.startedAt} />
          </span>
          <span>{formatDuration(data.durationMs)}</span>
          <span>{plural(new Set(data.spans.map(({ service }) => service)).size, 'application')}</span>
          {runId !== null && (
            <Link href={`/runs/${runId}?tab=trace`} className="text-accent underline">
              The run of this trace
            </Link>
          )}
        </span>
      }
    >
      <Waterfall spans={data.spans} className="flex-1" />
    </PageFrame>
  );
}

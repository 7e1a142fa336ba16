'use client';
import Link from 'next/link';
import { useQuery } from '@tanstack/react-query';
import { Inbox } from 'lucide-react';
import type { ReviewDetail, ReviewSummary } from '@tutti/contracts';
import { useKeys } from '@/features/keyboard/components/keyboard';
import { plural } from '@/format/format';
import { hub } from '@/hub/client';
import { usePages } from '@/hub/use-pages';
import { Button } from '@/ui/button';
import { classNames } from '@/ui/class-names';
import { Empty, ProblemNote, Skeleton, SkeletonRows } from '@/ui/notes';
import { PageFrame, Panel } from '@/ui/page';
import { StatusIcon } from '@/ui/status';
import { Segments } from '@/ui/segments';
import { Time } from '@/ui/time';
import { useUrlState } from '@/ui/url-state';
import { nextReview } from '../prepare/review';
import { useDecisions } from './decisions';
import { DocumentView } from './document-view';
import { ReviewForm } from './review-form';

const VIEWS = [
  ['open', 'Waiting'],
  ['approved,rejected,expired,withdrawn', 'Decided'],
] as const;

function Row({ review, active, onOpen }: { review: ReviewSummary; active: boolean; onOpen: () => void }) {
  return (
    <li>
      <button
        type="button"
        aria-current={active ? 'true' : undefined}
        onClick={onOpen}
        ref={(element) => {
          if (active) element?.scrollIntoView({ block: 'nearest' });
        }}
        className={classNames(
          'flex w-full items-start gap-2.5 border-b border-line px-3 py-2.5 text-left',
          active ? 'bg-selected' : 'hover:bg-hover',
        )}
      >
        <span className="mt-[3px]">
          <StatusIcon status={review.status} />
        </span>
        <span className="min-w-0 flex-1">
          <span className="line-clamp-2 font-medium">{review.title}</span>
          <span className="line-clamp-2 text-small text-ink-2">{review.because}</span>
          <span className="block truncate text-small text-ink-3">
            {review.workflow.name}
            {review.decidedBy === null ? '' : `, by ${review.decidedBy}`},{' '}
            <Time at={review.decidedAt ?? review.openedAt} />
          </span>
        </span>
      </button>
    </li>
  );
}

function Detail({ id, onDecided }: { id: string; onDecided: () => void }) {
  const { data, error, refetch } = useQuery({
    queryKey: ['review', id],
    queryFn: ({ signal }) => hub<ReviewDetail>(`/v1/reviews/${id}`, { signal }),
  });
  if (error !== null && data === undefined)
    return (
      <div className="col-span-2">
        <ProblemNote error={error} retry={() => void refetch()} />
      </div>
    );
  return (
    <>
      <Panel label="Document" className="min-h-0" bodyClassName="min-h-0">
        {data === undefined ? (
          <div className="p-4">
            <Skeleton className="h-[50vh]" />
          </div>
        ) : (
          <DocumentView artifact={data.document} />
        )}
      </Panel>
      {data === undefined ? (
        <Panel label="Fields">
          <SkeletonRows rows={10} />
        </Panel>
      ) : (
        <ReviewForm key={`${data.id} ${data.status}`} review={data} onDecided={onDecided} />
      )}
    </>
  );
}

interface ListProps {
  pages: ReturnType<typeof usePages<ReviewSummary>>;
  items: readonly ReviewSummary[];
  active: string | undefined;
  onOpen: (id: string) => void;
}

function NoReviews({ open }: { open: boolean }) {
  return (
    <Empty
      icon={Inbox}
      title={open ? 'Nothing waits for a person' : 'Nothing was decided yet'}
      command="npx tutti run finance/invoice"
      action={
        <Link href="/runs" className="text-accent underline">
          See the runs
        </Link>
      }
    >
      {open
        ? 'A workflow asks here when a check fails or a model is unsure.'
        : 'Decisions stay here with the values before and after.'}
    </Empty>
  );
}

function List({ pages, items, active, onOpen }: ListProps) {
  return (
    <Panel
      label="List of reviews"
      className="min-h-0 max-xl:row-span-2"
      bodyClassName="min-h-0 overflow-y-auto"
    >
      {pages.isPending ? (
        <SkeletonRows rows={8} height={76} />
      ) : (
        <ul>
          {items.map((review) => (
            <Row
              key={review.id}
              review={review}
              active={review.id === active}
              onOpen={() => onOpen(review.id)}
            />
          ))}
        </ul>
      )}
      {pages.hasNextPage && (
        <div className="p-2">
          <Button
            className="w-full"
            busy={pages.isFetchingNextPage}
            onClick={() => void pages.fetchNextPage()}
          >
            Show more
          </Button>
        </div>
      )}
    </Panel>
  );
}

export function ReviewsPage() {
  const { get, change } = useUrlState();
  const { taken } = useDecisions();
  const view = get('status') === '' ? 'open' : VIEWS[1][0];
  const pages = usePages<ReviewSummary>(['reviews'], '/v1/reviews', { status: view });
  const items = pages.items.filter(({ id }) => !taken.has(id));
  const wanted = get('review');
  const active = wanted !== '' && !taken.has(wanted) ? wanted : items[0]?.id;
  const open = (id: string | undefined) => change({ review: id });
  const move = (step: number) =>
    open(
      items[Math.min(items.length - 1, Math.max(0, items.findIndex(({ id }) => id === active) + step))]?.id,
    );
  useKeys({
    j: { does: 'Next review', run: () => move(1) },
    k: { does: 'Previous review', run: () => move(-1) },
  });
  return (
    <PageFrame
      title="Reviews"
      fill
      summary={
        pages.isPending
          ? 'Loading …'
          : view === 'open'
            ? `${plural(items.length, 'decision')} asked of a person`
            : 'What people decided'
      }
      actions={
        <Segments
          label="Which reviews"
          options={VIEWS}
          value={view}
          onChange={(id) => change({ status: id === 'open' ? null : 'decided', review: null })}
        />
      }
    >
      {pages.error !== null && (
        <ProblemNote error={pages.error} retry={() => void pages.refetch()} className="mb-3" />
      )}
      {!pages.isPending && items.length === 0 && wanted === '' ? (
        <Panel>
          <NoReviews open={view === 'open'} />
        </Panel>
      ) : (
        <div
          className={classNames(
            'grid min-h-0 flex-1 grid-cols-[minmax(250px,19%)_minmax(0,1fr)_minmax(400px,32%)] gap-3',
            'max-xl:grid-cols-[240px_minmax(0,1fr)] max-xl:grid-rows-[340px_minmax(0,1fr)]',
          )}
        >
          <List pages={pages} items={items} active={active} onOpen={open} />
          {active === undefined ? (
            <Panel label="Document" className="col-span-2">
              <SkeletonRows />
            </Panel>
          ) : (
            <Detail key={active} id={active} onDecided={() => open(nextReview(items, active))} />
          )}
        </div>
      )}
    </PageFrame>
  );
}

'use client';
import { useCallback, useMemo, useState } from 'react';
import Link from 'next/link';
import { MailCheck, SearchX, Send, Trash2 } from 'lucide-react';
import type { DeadLetterItem, DeadLetterSelection } from '@tutti/contracts';
import { useKeys } from '@/features/keyboard/components/keyboard';
import { plural } from '@/format/format';
import { usePages } from '@/hub/use-pages';
import { Button } from '@/ui/button';
import { DataTable, type Columns } from '@/ui/data-table';
import { Empty, ProblemNote, SkeletonRows } from '@/ui/notes';
import { PageFrame, Panel } from '@/ui/page';
import { SearchField } from '@/ui/search-field';
import { Segments } from '@/ui/segments';
import { Status } from '@/ui/status';
import { Time } from '@/ui/time';
import { useToasts } from '@/ui/toasts';
import { useUrlState } from '@/ui/url-state';
import { BulkDialog } from './bulk-dialog';
import { useReopen, type BulkAction } from './use-letters';

const VIEWS = [
  ['open', 'Open'],
  ['redriven', 'Redriven'],
  ['discarded', 'Discarded'],
  ['all', 'All'],
] as const;
const NO_FILTERS = { q: null, topic: null, reason: null };
const UNDO_MS = 8000;
/** As many as the hub takes in one request; more are done by filter. */
const CHOSEN_MAX = 200;

/** The box that chooses a letter; only open ones can be. */
function choiceColumn(
  chosen: ReadonlySet<string>,
  toggle: (id: string) => void,
): Columns<DeadLetterItem>[number] {
  return {
    id: 'chosen',
    header: () => <span className="sr-only">Chosen</span>,
    meta: { className: 'w-9' },
    cell: ({ row: { original: letter } }) =>
      letter.status === 'open' ? (
        <input
          type="checkbox"
          className="block size-4 accent-(--accent-fill)"
          aria-label={`Choose the letter of ${letter.topic}, offset ${letter.offset}`}
          checked={chosen.has(letter.id)}
          onChange={() => toggle(letter.id)}
        />
      ) : null,
  };
}

const COLUMNS: Columns<DeadLetterItem> = [
  {
    id: 'status',
    header: 'State',
    meta: { className: 'w-[120px]' },
    cell: ({ row }) => <Status status={row.original.status} />,
  },
  {
    id: 'what',
    header: 'What happened',
    meta: { className: 'w-[44%] max-w-0' },
    cell: ({ row: { original: letter } }) => (
      <Link
        href={`/dead-letters/${letter.id}`}
        className="block truncate hover:underline"
        title={letter.detail}
      >
        <span className="font-medium">{letter.reason}</span>{' '}
        <span className="text-ink-2">{letter.detail}</span>
      </Link>
    ),
  },
  {
    id: 'topic',
    header: 'Topic',
    cell: ({ row: { original: letter } }) => (
      <span>
        <code className="mono">{letter.topic}</code>
        {letter.trigger !== null && (
          <span className="ml-1.5 text-ink-3">{letter.trigger.name ?? 'a trigger'}</span>
        )}
      </span>
    ),
  },
  {
    id: 'edited',
    header: 'Changed',
    cell: ({ row: { original: letter } }) => (
      <span className="text-ink-2">
        {[letter.edited ? 'edited' : '', letter.redrives > 0 ? `sent ${letter.redrives}×` : '']
          .filter(Boolean)
          .join(', ')}
      </span>
    ),
  },
  {
    id: 'since',
    header: 'Since',
    meta: { number: true, className: 'min-w-[88px]' },
    cell: ({ row }) => (
      <span className="text-ink-2">
        <Time at={row.original.createdAt} />
      </span>
    ),
  },
];

function Filters({ url, items }: { url: ReturnType<typeof useUrlState>; items: readonly DeadLetterItem[] }) {
  const { get, change } = url;
  const search = useCallback((q: string) => change({ q }), [change]);
  const choice = (name: 'topic' | 'reason', all: string) => {
    const known = [...new Set([...items.map((item) => item[name]), get(name)])]
      .filter((each) => each !== '')
      .sort();
    return (
      <select
        aria-label={name === 'topic' ? 'Topic' : 'Reason'}
        className="field w-auto max-w-64"
        value={get(name)}
        onChange={(event) => change({ [name]: event.target.value })}
      >
        <option value="">{all}</option>
        {known.map((each) => (
          <option key={each}>{each}</option>
        ))}
      </select>
    );
  };
  return (
    <div role="search" className="mb-3 flex flex-wrap items-center gap-2">
      <SearchField
        value={get('q')}
        onChange={search}
        label="Search dead letters"
        placeholder="Text in key, detail or payload"
      />
      {choice('topic', 'All topics')}
      {choice('reason', 'All reasons')}
    </div>
  );
}

function NoLetters({ filtered, view, clear }: { filtered: boolean; view: string; clear: () => void }) {
  if (filtered)
    return (
      <Empty
        icon={SearchX}
        title="No dead letter matches"
        action={<Button onClick={clear}>Clear the filters</Button>}
      />
    );
  return (
    <Empty
      icon={MailCheck}
      title={
        view === 'open' || view === 'all' ? 'Every message could be handled' : 'There are none of these yet'
      }
      command="npx tutti dead-letters list"
    >
      A message that cannot be read or handled is kept here with its reason, and the others go on. It can be
      edited, sent again or put aside.
    </Empty>
  );
}

interface BulkState {
  action: BulkAction;
  selection: DeadLetterSelection;
}

/** What is chosen, and what is done with it. */
function useBulkActions(
  items: readonly DeadLetterItem[],
  filter: NonNullable<DeadLetterSelection['filter']>,
) {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [bulk, setBulk] = useState<BulkState | null>(null);
  const toasts = useToasts();
  const reopen = useReopen();
  const open = items.filter(({ status }) => status === 'open').map(({ id }) => id);
  // A letter that left the list is not acted upon unseen.
  const ids = open.filter((id) => chosen.has(id)).slice(0, CHOSEN_MAX);
  const toggle = useCallback(
    (id: string) =>
      setChosen((before) => {
        const next = new Set(before);
        if (!next.delete(id)) next.add(id);
        return next;
      }),
    [],
  );
  const start = (action: BulkAction) => {
    if (open.length > 0) setBulk({ action, selection: ids.length > 0 ? { ids } : { filter } });
  };
  const undo = (undone: readonly string[]) =>
    reopen.mutate(undone, {
      onSuccess: () => toasts.show(`${plural(undone.length, 'letter')} opened again`),
    });
  const finish = (done: number) => {
    const undone = bulk?.action === 'discard' ? (bulk.selection.ids ?? []) : [];
    toasts.show(
      `${plural(done, 'letter')} ${bulk?.action === 'discard' ? 'discarded' : 'redriven'}`,
      undone.length === 0 ? {} : { action: { label: 'Undo', run: () => undo(undone) }, forMs: UNDO_MS },
    );
    setBulk(null);
    setChosen(new Set());
  };
  const chooseAll = () => setChosen(new Set(ids.length === 0 ? open : []));
  return { chosen, toggle, ids, open, bulk, start, finish, chooseAll, close: () => setBulk(null) };
}

function BulkButtons({
  what,
  open,
  start,
}: {
  what: string;
  open: number;
  start: (action: BulkAction) => void;
}) {
  return (
    <>
      <Button
        icon={<Send size={14} aria-hidden />}
        keys="R"
        disabled={open === 0}
        onClick={() => start('redrive')}
      >
        Redrive {what}
      </Button>
      <Button
        variant="danger"
        icon={<Trash2 size={14} aria-hidden />}
        keys="D"
        disabled={open === 0}
        onClick={() => start('discard')}
      >
        Discard {what}
      </Button>
    </>
  );
}

interface TableProps {
  pages: ReturnType<typeof usePages<DeadLetterItem>>;
  actions: ReturnType<typeof useBulkActions>;
}

function LettersTable({ pages, actions: { chosen, toggle, ids } }: TableProps) {
  const columns = useMemo(() => [choiceColumn(chosen, toggle), ...COLUMNS], [chosen, toggle]);
  return (
    <DataTable
      label="Dead letters"
      columns={columns}
      items={pages.items}
      id={(letter) => letter.id}
      href={(letter) => `/dead-letters/${letter.id}`}
      hasMore={pages.hasNextPage}
      loadingMore={pages.isFetchingNextPage}
      onMore={() => void pages.fetchNextPage()}
      foot={
        ids.length > 0
          ? `${plural(ids.length, 'letter')} chosen`
          : `${plural(pages.items.length, 'letter')} shown`
      }
    />
  );
}

export function DeadLettersPage() {
  const url = useUrlState();
  const { get, change } = url;
  const view = get('status') || 'open';
  const filter = {
    topic: get('topic') || undefined,
    reason: get('reason') || undefined,
    q: get('q') || undefined,
  };
  const pages = usePages<DeadLetterItem>(['dead-letters'], '/v1/dead-letters', {
    ...filter,
    status: view === 'all' ? undefined : view,
  });
  const actions = useBulkActions(pages.items, filter);
  const { ids, open } = actions;
  const filtered = Object.values(filter).some((value) => value !== undefined);
  useKeys({
    a: { does: 'Choose all shown, or none', run: actions.chooseAll },
    R: { does: 'Redrive what is chosen', run: () => actions.start('redrive') },
    D: { does: 'Discard what is chosen', run: () => actions.start('discard') },
  });
  return (
    <PageFrame
      title="Dead letters"
      fill
      summary="Messages that could not be handled; each is kept until somebody sends it again or puts it aside"
      actions={
        <>
          <BulkButtons
            what={ids.length > 0 ? String(ids.length) : 'all'}
            open={open.length}
            start={actions.start}
          />
          <Segments
            label="State"
            options={VIEWS}
            value={view}
            onChange={(id) => change({ status: id === 'open' ? null : id })}
          />
        </>
      }
    >
      <Filters url={url} items={pages.items} />
      {pages.error !== null && (
        <ProblemNote error={pages.error} retry={() => void pages.refetch()} className="mb-3" />
      )}
      <Panel label="Letters" className="min-h-0" bodyClassName="flex min-h-0 flex-col">
        {pages.isPending ? (
          <SkeletonRows />
        ) : pages.items.length === 0 ? (
          <NoLetters filtered={filtered} view={view} clear={() => change(NO_FILTERS)} />
        ) : (
          <LettersTable pages={pages} actions={actions} />
        )}
      </Panel>
      {actions.bulk !== null && (
        <BulkDialog {...actions.bulk} onClose={actions.close} onDone={actions.finish} />
      )}
    </PageFrame>
  );
}

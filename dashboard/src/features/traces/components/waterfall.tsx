'use client';
import { useMemo, useState } from 'react';
import {
  Bot,
  Cable,
  ChevronRight,
  Database,
  Globe,
  MessageSquare,
  PhoneCall,
  Search,
  ShieldCheck,
  SquareFunction,
  User,
  Workflow,
  Wrench,
  X,
  type LucideIcon,
} from 'lucide-react';
import type { SpanItem } from '@tutti/contracts';
import { formatCompact, formatCost, formatDuration, formatExact, MISSING, plural } from '@/format/format';
import { useKeys } from '@/features/keyboard/components/keyboard';
import { IconButton } from '@/ui/button';
import { classNames } from '@/ui/class-names';
import { Facts } from '@/ui/page';
import { JsonView } from '@/ui/json-view';
import { ShortId } from '@/ui/short-id';
import { Status } from '@/ui/status';
import { useNow } from '@/ui/time';
import { makeScale, type Scale } from '../prepare/scale';
import { barOf, spanRows, stretchesOf, traceTotals, type SpanRow } from '../prepare/waterfall';
import { SqueezedGround, TimeAxis } from './time-axis';

const ICONS: Partial<Record<SpanItem['kind'], LucideIcon>> = {
  llm: MessageSquare,
  embedding: SquareFunction,
  retrieval: Search,
  tool: Wrench,
  agent: Bot,
  workflow: Workflow,
  memory: Database,
  mcp: Cable,
  guardrail: ShieldCheck,
  call: PhoneCall,
  review: User,
  http: Globe,
  step: SquareFunction,
};
const COLOURS: Partial<Record<SpanItem['kind'], string>> = {
  llm: 'var(--chart-4)',
  embedding: 'var(--chart-4)',
  agent: 'var(--chart-5)',
  tool: 'var(--chart-5)',
  mcp: 'var(--chart-5)',
  call: 'var(--chart-1)',
  http: 'var(--chart-6)',
  review: 'var(--chart-2)',
};
const COLUMNS = classNames(
  'grid grid-cols-[minmax(220px,34%)_64px_72px_84px_minmax(160px,1fr)]',
  'max-2xl:grid-cols-[minmax(200px,36%)_56px_64px_76px_minmax(120px,1fr)]',
);

interface RowProps {
  row: SpanRow;
  scale: Scale;
  selected: boolean;
  onSelect: () => void;
  onFold: () => void;
}

function Bar({ row, scale }: { row: SpanRow; scale: Scale }) {
  const { left, width } = barOf(row.startMs, row.endMs, scale);
  const colour = row.span.status === 'error' ? 'var(--bad)' : (COLOURS[row.span.kind] ?? 'var(--chart-3)');
  return (
    <span className="absolute inset-0">
      <span
        className={classNames(
          'absolute top-1/2 h-2.5 -translate-y-1/2 rounded-[3px]',
          row.span.open && 'skeleton',
        )}
        style={{
          left: `${left}%`,
          width: `${width}%`,
          background: colour,
          opacity: row.span.kind === 'review' ? 0.55 : 1,
        }}
      />
    </span>
  );
}

function Row({ row, scale, selected, onSelect, onFold }: RowProps) {
  const { span, depth, children } = row;
  const Icon = ICONS[span.kind] ?? SquareFunction;
  const tokens =
    span.inputTokens === null && span.outputTokens === null
      ? null
      : (span.inputTokens ?? 0) + (span.outputTokens ?? 0);
  return (
    <div
      role="row"
      aria-selected={selected}
      aria-level={depth + 1}
      onClick={onSelect}
      className={classNames(
        COLUMNS,
        'h-8 cursor-pointer items-center gap-x-2 border-b border-line px-2 last:border-0',
        selected ? 'bg-selected' : 'hover:bg-hover',
      )}
    >
      <span role="gridcell" className="flex min-w-0 items-center gap-1.5" style={{ paddingLeft: depth * 14 }}>
        {children > 0 ? (
          <button
            type="button"
            aria-label={row.hiddenBelow ? `Unfold ${span.name}` : `Fold ${span.name}`}
            onClick={(event) => {
              event.stopPropagation();
              onFold();
            }}
            className="rounded-[3px] text-ink-3 hover:bg-line"
          >
            <ChevronRight size={14} aria-hidden className={row.hiddenBelow ? '' : 'rotate-90'} />
          </button>
        ) : (
          <span className="w-3.5 shrink-0" />
        )}
        <Icon size={13} className="shrink-0 text-ink-3" aria-hidden />
        <button
          type="button"
          onClick={(event) => {
            event.stopPropagation();
            onSelect();
          }}
          className="truncate text-left"
          title={`${span.name} (${span.service})`}
        >
          {span.name}
        </button>
        {span.status === 'error' && <span className="shrink-0 text-small font-medium text-bad">error</span>}
      </span>
      <span role="gridcell" className="text-right text-small text-ink-2">
        {tokens === null ? '' : formatCompact(tokens)}
      </span>
      <span role="gridcell" className="text-right text-small text-ink-2">
        {span.costMicros === null ? '' : formatCost(span.costMicros, span.currency)}
      </span>
      <span role="gridcell" className="text-right text-small">
        {formatDuration(row.endMs - row.startMs)}
      </span>
      <span role="gridcell" className="h-full">
        <span className="relative block h-full">
          <SqueezedGround scale={scale} />
          <Bar row={row} scale={scale} />
        </span>
      </span>
    </div>
  );
}

/** What a model call used; a span of something else has none of it. */
function usageOf({ model, provider, inputTokens, outputTokens, costMicros, currency }: SpanItem) {
  const facts: [string, string][] = [];
  if (model !== null) facts.push(['Model', `${model}${provider === null ? '' : ` (${provider})`}`]);
  if (inputTokens !== null || outputTokens !== null)
    facts.push(['Tokens', `${inputTokens ?? MISSING} in, ${outputTokens ?? MISSING} out`]);
  if (costMicros !== null) facts.push(['Cost', formatCost(costMicros, currency)]);
  return facts;
}

function SpanPanel({ span, onClose }: { span: SpanItem; onClose: () => void }) {
  return (
    <aside
      aria-label={`Span ${span.name}`}
      className="panel flex h-[44%] min-h-[220px] w-full shrink-0 flex-col @min-[1080px]:h-auto @min-[1080px]:w-[380px]"
    >
      <header className="flex items-start justify-between gap-2 border-b border-line py-2 pr-2 pl-4">
        <div className="min-w-0">
          <h2 className="font-semibold break-words">{span.name}</h2>
          <p className="text-small text-ink-3">
            {span.kind} in {span.service}
          </p>
        </div>
        <IconButton label="Close the span" onClick={onClose}>
          <X size={15} aria-hidden />
        </IconButton>
      </header>
      <div
        className="min-h-0 flex-1 overflow-y-auto p-4"
        tabIndex={0}
        role="region"
        aria-label="Facts of the span"
      >
        {span.statusMessage !== null && (
          <p className="mb-3 rounded-md bg-bad-soft p-2 text-bad">{span.statusMessage}</p>
        )}
        <Facts
          items={[
            ['State', <Status key="s" status={span.open ? 'running' : span.status} />],
            ['Started', formatExact(Date.parse(span.startedAt))],
            ['Took', span.open ? 'not ended' : formatDuration(span.durationMs)],
            ...usageOf(span),
            ['Span', <ShortId key="i" id={span.spanId} what="span id" />],
          ]}
        />
        <h3 className="mt-4 mb-1.5 font-semibold">Attributes</h3>
        <JsonView value={span.attributes} label="attributes" />
        {span.events.length > 0 && (
          <>
            <h3 className="mt-4 mb-1.5 font-semibold">Events</h3>
            <JsonView value={span.events} label="events" />
          </>
        )}
        {span.links.length > 0 && (
          <>
            <h3 className="mt-4 mb-1.5 font-semibold">Links</h3>
            <JsonView value={span.links} label="links" />
          </>
        )}
      </div>
    </aside>
  );
}

function Head({
  count,
  errors,
  scale,
}: {
  count: number;
  errors: number;
  scale: ReturnType<typeof makeScale>;
}) {
  return (
    <div
      role="row"
      className={classNames(
        COLUMNS,
        'sticky top-0 z-1 h-8 items-center gap-x-2 border-b border-line bg-surface px-2 text-small font-medium text-ink-3',
      )}
    >
      <span role="columnheader" className="pl-5">
        {plural(count, 'span')}
        {errors > 0 ? `, ${plural(errors, 'error')}` : ''}
      </span>
      <span role="columnheader" className="text-right">
        Tokens
      </span>
      <span role="columnheader" className="text-right">
        Cost
      </span>
      <span role="columnheader" className="text-right">
        Time
      </span>
      <span role="columnheader" className="h-full">
        <TimeAxis scale={scale} />
      </span>
    </div>
  );
}

function Foot({ totals, squeezed }: { totals: ReturnType<typeof traceTotals>; squeezed: boolean }) {
  return (
    <div className="flex gap-4 px-3 py-2 text-small text-ink-3">
      <span>
        {[
          `Model calls: ${formatCompact(totals.inputTokens)} tokens in`,
          `${formatCompact(totals.outputTokens)} out`,
          formatCost(totals.costMicros, totals.currency),
        ].join(', ')}
      </span>
      {squeezed && <span>Hatched: waiting, not to scale</span>}
    </div>
  );
}

/** The spans of a trace over time, with tokens and cost beside; a click shows what a span says. */
export function Waterfall({ spans, className }: { spans: readonly SpanItem[]; className?: string }) {
  const now = useNow();
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const [selected, setSelected] = useState<string>();
  const open = spans.some((span) => span.open);
  const nowMs = open ? now : 0;
  const all = useMemo(() => spanRows(spans, new Set(), nowMs), [spans, nowMs]);
  const rows = useMemo(() => spanRows(spans, folded, nowMs), [spans, folded, nowMs]);
  const totals = useMemo(() => traceTotals(spans, nowMs), [spans, nowMs]);
  const scale = useMemo(
    () => makeScale(stretchesOf(all), totals.fromMs, totals.toMs),
    [all, totals.fromMs, totals.toMs],
  );
  const fold = (id: string) =>
    setFolded((before) => {
      const next = new Set(before);
      if (!next.delete(id)) next.add(id);
      return next;
    });
  const move = (step: number) =>
    setSelected(
      rows[
        Math.min(rows.length - 1, Math.max(0, rows.findIndex(({ span }) => span.spanId === selected) + step))
      ]?.span.spanId,
    );
  useKeys({
    j: { does: 'Next span', run: () => move(1) },
    k: { does: 'Previous span', run: () => move(-1) },
  });
  const shown = spans.find(({ spanId }) => spanId === selected);
  return (
    <div className={classNames('@container min-h-0', className)}>
      <div className="flex h-full min-h-0 flex-col gap-3 @min-[1080px]:flex-row">
        <div
          className="panel min-h-0 min-w-0 flex-1 overflow-auto"
          role="treegrid"
          aria-label="Spans"
          tabIndex={0}
        >
          <Head count={spans.length} errors={totals.errors} scale={scale} />
          {rows.map((row) => (
            <Row
              key={row.span.spanId}
              row={row}
              scale={scale}
              selected={row.span.spanId === selected}
              onSelect={() => setSelected(row.span.spanId)}
              onFold={() => fold(row.span.spanId)}
            />
          ))}
          <Foot totals={totals} squeezed={scale.pieces.some(({ squeezed }) => squeezed)} />
        </div>
        {shown !== undefined && <SpanPanel span={shown} onClose={() => setSelected(undefined)} />}
      </div>
    </div>
  );
}

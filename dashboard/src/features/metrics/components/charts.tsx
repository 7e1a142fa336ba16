'use client';
import type { ReactNode } from 'react';
import {
  Area,
  AreaChart,
  Bar,
  BarChart,
  CartesianGrid,
  Line,
  LineChart,
  ReferenceLine,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from 'recharts';
import {
  formatCost,
  formatCount,
  formatDuration,
  formatDurationTick,
  formatExact,
  MISSING,
} from '@/format/format';
import { axisLabel, type Row } from '../prepare/series';

const AXIS = { tick: { fill: 'var(--ink-3)', fontSize: 12 }, tickLine: false, axisLine: false } as const;
const MARGIN = { top: 8, right: 8, bottom: 0, left: 0 };
const HEIGHT_PX = 200;

interface Series {
  key: keyof Row;
  label: string;
  colour: string;
  dash?: string;
}
const OUTCOMES: Series[] = [
  { key: 'completed', label: 'Completed', colour: 'var(--chart-3)' },
  { key: 'faulted', label: 'Faulted', colour: 'var(--chart-2)' },
  { key: 'cancelled', label: 'Cancelled', colour: 'var(--chart-6)' },
  { key: 'open', label: 'Not ended', colour: 'var(--chart-1)' },
];
const CALLS: Series[] = [
  { key: 'completed', label: 'Succeeded', colour: 'var(--chart-3)' },
  { key: 'faulted', label: 'Failed', colour: 'var(--chart-2)' },
];
const TIMES: Series[] = [
  { key: 'p50Ms', label: 'Median', colour: 'var(--chart-1)' },
  { key: 'p95Ms', label: '95th percentile', colour: 'var(--chart-4)', dash: '5 3' },
];
const COSTS: Series[] = [{ key: 'cost', label: 'Cost', colour: 'var(--chart-5)' }];

interface TipProps {
  active?: boolean;
  payload?: readonly { payload?: Row }[];
  series: Series[];
  format: (value: number | null) => string;
}

function Tip({ active, payload, series, format }: TipProps) {
  const row = payload?.[0]?.payload;
  if (active !== true || row === undefined) return null;
  return (
    <div className="rounded-md border border-line bg-raised px-3 py-2 text-small shadow-float">
      <p className="mb-1 text-ink-3">{formatExact(row.atMs).replace(/\.\d+$/, '')}</p>
      {series.map(({ key, label, colour }) => (
        <p key={key} className="flex items-center gap-2">
          <span className="size-2 rounded-[2px]" style={{ background: colour }} aria-hidden />
          {label}
          <span className="ml-auto pl-4 font-medium">{row[key] === null ? MISSING : format(row[key])}</span>
        </p>
      ))}
    </div>
  );
}

function Legend({ series }: { series: Series[] }) {
  return (
    <ul className="flex flex-wrap gap-x-4 px-4 pt-2 text-small text-ink-2">
      {series.map(({ key, label, colour, dash }) => (
        <li key={key} className="flex items-center gap-1.5">
          {dash === undefined ? (
            <span className="size-2 rounded-[2px]" style={{ background: colour }} aria-hidden />
          ) : (
            <span className="w-3 border-t-2 border-dashed" style={{ borderColor: colour }} aria-hidden />
          )}
          {label}
        </li>
      ))}
    </ul>
  );
}

function Frame({ label, series, children }: { label: string; series: Series[]; children: ReactNode }) {
  return (
    <figure aria-label={label} className="m-0 pb-2">
      <Legend series={series} />
      <div style={{ height: HEIGHT_PX }} className="px-2 pt-1">
        <ResponsiveContainer width="100%" height="100%">
          {children}
        </ResponsiveContainer>
      </div>
    </figure>
  );
}

const spanOfRows = (rows: Row[]) => (rows.at(-1)?.atMs ?? 0) - (rows[0]?.atMs ?? 0);
const xAxis = (rows: Row[]) => (
  <XAxis
    dataKey="atMs"
    {...AXIS}
    minTickGap={48}
    tickFormatter={(at: number) => axisLabel(at, spanOfRows(rows))}
  />
);
const grid = <CartesianGrid vertical={false} stroke="var(--chart-grid)" />;

/** Runs by how they ended, stacked. */
export function OutcomeChart({ rows, label }: { rows: Row[]; label: string }) {
  const series = rows.some(({ open }) => (open ?? 0) > 0) ? OUTCOMES : OUTCOMES.slice(0, 3);
  return <CountChart {...{ rows, label, series }} />;
}

/** Calls by how they ended, stacked. */
export function CallChart({ rows, label }: { rows: Row[]; label: string }) {
  return <CountChart {...{ rows, label }} series={CALLS} />;
}

function CountChart({ rows, label, series }: { rows: Row[]; label: string; series: Series[] }) {
  return (
    <Frame label={label} series={series}>
      <BarChart data={rows} margin={MARGIN} barCategoryGap="20%" maxBarSize={28}>
        {grid}
        {xAxis(rows)}
        <YAxis
          {...AXIS}
          width={36}
          allowDecimals={false}
          tickFormatter={(value: number) => formatCount(value)}
        />
        <Tooltip
          cursor={{ fill: 'var(--hover)' }}
          content={(props) => (
            <Tip {...(props as unknown as TipProps)} series={series} format={formatCount} />
          )}
        />
        {series.map(({ key, colour }) => (
          <Bar key={key} dataKey={key} stackId="outcome" fill={colour} isAnimationActive={false} />
        ))}
      </BarChart>
    </Frame>
  );
}

/** Cycle times. A gap stays a gap; the dashed line is the process before the hub, when it fits the scale. */
export function TimeChart({
  rows,
  label,
  baselineMs = null,
}: {
  rows: Row[];
  label: string;
  baselineMs?: number | null;
}) {
  return (
    <Frame label={label} series={TIMES}>
      <LineChart data={rows} margin={MARGIN}>
        {grid}
        {xAxis(rows)}
        <YAxis {...AXIS} width={56} tickFormatter={formatDurationTick} />
        <Tooltip
          cursor={{ stroke: 'var(--line-strong)' }}
          content={(props) => (
            <Tip {...(props as unknown as TipProps)} series={TIMES} format={formatDuration} />
          )}
        />
        {baselineMs !== null && (
          <ReferenceLine
            y={baselineMs}
            stroke="var(--ink-3)"
            strokeDasharray="2 4"
            label={{
              value: 'before the hub',
              fill: 'var(--ink-3)',
              fontSize: 12,
              position: 'insideTopRight',
            }}
          />
        )}
        {TIMES.map(({ key, colour, dash }) => (
          <Line
            key={key}
            dataKey={key}
            stroke={colour}
            strokeWidth={2}
            strokeDasharray={dash}
            type="linear"
            connectNulls={false}
            dot={{ r: 3, fill: colour, strokeWidth: 0, strokeDasharray: '' }}
            isAnimationActive={false}
          />
        ))}
      </LineChart>
    </Frame>
  );
}

export function CostChart({
  rows,
  label,
  currency,
}: {
  rows: Row[];
  label: string;
  currency?: string | null;
}) {
  const format = (value: number | null) =>
    formatCost(value === null ? null : Math.round(value * 1_000_000), currency);
  return (
    <Frame label={label} series={COSTS}>
      <AreaChart data={rows} margin={MARGIN}>
        {grid}
        {xAxis(rows)}
        <YAxis {...AXIS} width={64} tickFormatter={(value: number) => format(value)} />
        <Tooltip
          cursor={{ stroke: 'var(--line-strong)' }}
          content={(props) => <Tip {...(props as unknown as TipProps)} series={COSTS} format={format} />}
        />
        <Area
          dataKey="cost"
          type="step"
          stroke="var(--chart-5)"
          strokeWidth={2}
          fill="var(--chart-5)"
          fillOpacity={0.14}
          connectNulls={false}
          isAnimationActive={false}
        />
      </AreaChart>
    </Frame>
  );
}

import type { ReactNode } from 'react';
import Link from 'next/link';
import { ArrowDown, ArrowUp, Equal } from 'lucide-react';
import { classNames } from '@/ui/class-names';
import { Skeleton } from '@/ui/notes';
import type { Change } from '../prepare/change';

const VERDICTS = { better: 'text-ok', worse: 'text-bad', neutral: 'text-ink-2' } as const;
const ARROWS = { up: ArrowUp, down: ArrowDown, same: Equal } as const;

export function ChangeSign({ change }: { change: Change }) {
  const Arrow = ARROWS[change.direction];
  return (
    <span className={classNames('inline-flex items-center gap-0.5 font-medium', VERDICTS[change.verdict])}>
      <Arrow size={12} aria-hidden />
      {change.text}
      <span className="sr-only">
        {change.direction === 'up' ? ' more' : change.direction === 'down' ? ' less' : ''}
        {change.verdict === 'neutral' ? '' : `, ${change.verdict}`}
      </span>
    </span>
  );
}

export interface TileProps {
  label: string;
  value: ReactNode;
  note: ReactNode;
  change?: Change | null;
  href?: string;
  loading?: boolean;
}

/** One number with what it is compared to. */
export function Tile({ label, value, note, change = null, href, loading = false }: TileProps) {
  const body = (
    <>
      <p className="text-ink-2">{label}</p>
      <p className="mt-1 text-heading font-semibold tracking-[-0.01em]">
        {loading ? <Skeleton className="my-1.5 w-20" /> : value}
      </p>
      <div className="mt-0.5 flex flex-wrap items-center gap-x-1.5 text-small text-ink-3">
        {loading ? (
          <Skeleton className="w-28" />
        ) : (
          <>
            {change !== null && <ChangeSign change={change} />}
            <span>{note}</span>
          </>
        )}
      </div>
    </>
  );
  const look = 'panel block min-w-0 px-4 py-3';
  return href === undefined ? (
    <div className={look}>{body}</div>
  ) : (
    <Link href={href} className={`${look} hover:border-line-strong`}>
      {body}
    </Link>
  );
}

import type { ReactNode } from 'react';
import Link from 'next/link';
import { ChevronRight } from 'lucide-react';
import { classNames } from './class-names';

interface PageProps {
  title: ReactNode;
  /** Pages above this one. */
  above?: { href: string; label: string }[];
  /** Beside the title: the state. */
  aside?: ReactNode;
  summary?: ReactNode;
  actions?: ReactNode;
  /** Fills the height of the window instead of scrolling as a whole. */
  fill?: boolean;
  children: ReactNode;
}

/** The frame of every page: where it is, its title, what can be done, then the content. */
export function PageFrame({ title, above = [], aside, summary, actions, fill = false, children }: PageProps) {
  return (
    <div
      className={classNames(
        'mx-auto flex w-full max-w-[1720px] flex-col px-6 pt-4 pb-6',
        fill ? 'h-full min-h-0' : 'min-h-full',
      )}
    >
      <header className="mb-4 flex min-h-10 flex-wrap items-start justify-between gap-x-6 gap-y-2">
        <div className="min-w-0">
          {above.length > 0 && (
            <nav aria-label="Breadcrumb" className="flex items-center gap-1 text-small text-ink-3">
              {above.map(({ href, label }) => (
                <span key={href} className="flex items-center gap-1">
                  <Link href={href} className="rounded-[4px] hover:text-ink hover:underline">
                    {label}
                  </Link>
                  <ChevronRight size={12} aria-hidden />
                </span>
              ))}
            </nav>
          )}
          <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
            <h1 className="text-heading font-semibold tracking-[-0.01em]">{title}</h1>
            {aside}
          </div>
          {summary !== undefined && <div className="mt-0.5 text-ink-2">{summary}</div>}
        </div>
        {actions !== undefined && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
      </header>
      {children}
    </div>
  );
}

interface PanelProps {
  title?: ReactNode;
  note?: ReactNode;
  actions?: ReactNode;
  className?: string;
  bodyClassName?: string;
  children: ReactNode;
  label?: string;
}

/** A titled box. */
export function Panel({ title, note, actions, className, bodyClassName, children, label }: PanelProps) {
  return (
    <section
      className={classNames('panel flex min-w-0 flex-col overflow-hidden', className)}
      aria-label={label ?? (typeof title === 'string' ? title : undefined)}
    >
      {(title !== undefined || actions !== undefined) && (
        <header className="flex min-h-11 flex-wrap items-center justify-between gap-x-4 border-b border-line px-4 py-1.5">
          <div className="flex min-w-0 flex-wrap items-baseline gap-x-2">
            <h2 className="font-semibold">{title}</h2>
            {note !== undefined && <span className="text-small text-ink-3">{note}</span>}
          </div>
          {actions}
        </header>
      )}
      <div className={classNames('min-h-0 min-w-0 flex-1', bodyClassName)}>{children}</div>
    </section>
  );
}

/** Facts as name and value, one a line. */
export function Facts({ items }: { items: [string, ReactNode][] }) {
  return (
    <dl className="grid grid-cols-[minmax(96px,auto)_1fr] gap-x-4 gap-y-1.5">
      {items.map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="text-ink-3">{name}</dt>
          <dd className="min-w-0 break-words">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

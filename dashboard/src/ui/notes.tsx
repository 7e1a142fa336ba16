'use client';
import type { ReactNode } from 'react';
import { AlertTriangle, type LucideIcon } from 'lucide-react';
import { asProblem } from '@/hub/problem';
import { Button } from './button';
import { Command } from './short-id';
import { classNames } from './class-names';

/** A failure beside the thing that failed: what is wrong, where, and what to do. */
export function ProblemNote({
  error,
  retry,
  className,
}: {
  error: unknown;
  retry?: () => void;
  className?: string;
}) {
  const { problem } = asProblem(error);
  return (
    <div
      role="alert"
      className={classNames('flex gap-2.5 rounded-md border border-line bg-bad-soft p-3', className)}
    >
      <AlertTriangle size={16} className="mt-0.5 shrink-0 text-bad" aria-hidden />
      <div className="min-w-0 flex-1">
        <p className="font-medium text-bad">{problem.title}</p>
        {problem.detail !== undefined && problem.detail !== problem.title && (
          <p className="break-words text-ink-2">{problem.detail}</p>
        )}
        {problem.errors !== undefined && (
          <ul className="mt-1 list-disc pl-4 text-ink-2">
            {problem.errors.slice(0, 8).map((each, index) => (
              <li key={index} className="break-words">
                {each.pointer !== undefined && each.pointer !== '' && (
                  <code className="mono">{each.pointer}: </code>
                )}
                {each.detail}
              </li>
            ))}
          </ul>
        )}
      </div>
      {retry !== undefined && <Button onClick={retry}>Try again</Button>}
    </div>
  );
}

interface EmptyProps {
  icon: LucideIcon;
  title: string;
  children?: ReactNode;
  command?: string;
  action?: ReactNode;
  compact?: boolean;
}

/** Nothing here yet: says why, and the next step as a command and a button. */
export function Empty({ icon: Icon, title, children, command, action, compact = false }: EmptyProps) {
  return (
    <div
      className={classNames(
        'flex flex-col items-center justify-center gap-3 px-6 text-center',
        compact ? 'py-8' : 'py-16',
      )}
    >
      <span className="inline-flex size-10 items-center justify-center rounded-full bg-idle-soft text-ink-2">
        <Icon size={18} aria-hidden />
      </span>
      <div className="max-w-[52ch]">
        <p className="font-semibold">{title}</p>
        {children !== undefined && <p className="mt-1 text-ink-2">{children}</p>}
      </div>
      {(command !== undefined || action !== undefined) && (
        <div className="mt-1 flex max-w-full flex-wrap items-center justify-center gap-2">
          {command !== undefined && <Command>{command}</Command>}
          {action}
        </div>
      )}
    </div>
  );
}

/** Grey bars of the size of what is being loaded, so that nothing jumps when it comes. */
export function Skeleton({ className }: { className?: string }) {
  return <span aria-hidden className={classNames('skeleton block h-4', className)} />;
}

export function SkeletonRows({ rows = 8, height = 36 }: { rows?: number; height?: number }) {
  return (
    <div role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, index) => (
        <div
          key={index}
          className="flex items-center gap-6 border-b border-line px-3 last:border-0"
          style={{ height }}
        >
          <Skeleton className="w-24" />
          <Skeleton className="w-48" />
          <Skeleton className="w-20" />
          <Skeleton className="ml-auto w-16" />
        </div>
      ))}
    </div>
  );
}

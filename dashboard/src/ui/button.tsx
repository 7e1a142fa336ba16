'use client';
import type { ButtonHTMLAttributes, ReactNode } from 'react';
import { Loader2 } from 'lucide-react';
import { classNames } from './class-names';

const VARIANTS = {
  primary: 'bg-accent-fill text-accent-ink hover:opacity-90',
  secondary: 'border border-line-strong bg-surface hover:bg-hover',
  ghost: 'hover:bg-hover text-ink-2',
  danger: 'border border-line-strong bg-surface text-bad hover:bg-bad-soft',
} as const;

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  variant?: keyof typeof VARIANTS;
  busy?: boolean;
  icon?: ReactNode;
  /** The key that does the same. */
  keys?: string;
}

export function Button({
  variant = 'secondary',
  busy = false,
  icon,
  keys,
  className,
  children,
  disabled,
  ...rest
}: ButtonProps) {
  return (
    <button
      type="button"
      disabled={disabled === true || busy}
      {...rest}
      className={classNames(
        'inline-flex h-8 shrink-0 items-center justify-center gap-1.5 rounded-md px-3 font-medium whitespace-nowrap transition-colors',
        'disabled:cursor-not-allowed disabled:opacity-55',
        VARIANTS[variant],
        className,
      )}
    >
      {busy ? <Loader2 size={14} className="turning" aria-hidden /> : icon}
      {children}
      {keys !== undefined && <Keys keys={keys} onFill={variant === 'primary'} />}
    </button>
  );
}

/** A button that is only an icon; the label is for screen readers and the tooltip. */
export function IconButton({
  label,
  className,
  children,
  ...rest
}: ButtonHTMLAttributes<HTMLButtonElement> & { label: string }) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      {...rest}
      className={classNames(
        'inline-flex size-8 shrink-0 items-center justify-center rounded-md text-ink-2 hover:bg-hover disabled:opacity-50',
        className,
      )}
    >
      {children}
    </button>
  );
}

/** Keys as they stand on a keyboard; several after one another are a sequence. */
export function Keys({ keys, onFill = false }: { keys: string; onFill?: boolean }) {
  return (
    <span className="ml-0.5 inline-flex gap-0.5" aria-hidden>
      {keys.split(' ').map((key) => (
        <kbd
          key={key}
          className={classNames(
            'inline-flex h-[18px] min-w-[18px] items-center justify-center rounded-[4px] px-1 font-sans text-small',
            onFill
              ? 'bg-transparent text-accent-ink ring-1 ring-current/50'
              : 'border border-line text-ink-3',
          )}
        >
          {key}
        </kbd>
      ))}
    </span>
  );
}

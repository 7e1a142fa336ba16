'use client';
import { useState } from 'react';
import { Check, Copy } from 'lucide-react';
import { shortId } from '@/format/format';
import { classNames } from './class-names';

async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Without https or the permission there is no clipboard: select-and-copy stays possible, the title shows
    // the whole text.
    return false;
  }
}

/** Says for a moment that something was copied. A text that costs something is made when it is wanted. */
export function useCopy(text: string | (() => string)) {
  const [copied, setCopied] = useState(false);
  const run = async () => {
    if (!(await copy(typeof text === 'string' ? text : text()))) return;
    setCopied(true);
    setTimeout(() => setCopied(false), 1500);
  };
  return {
    copied,
    copy: () => {
      void run();
    },
  };
}

/** The end of an id; a click copies the whole. */
export function ShortId({ id, what = 'id', className }: { id: string; what?: string; className?: string }) {
  const { copied, copy: run } = useCopy(id);
  return (
    <button
      type="button"
      title={`${id} – click to copy`}
      onClick={(event) => {
        event.stopPropagation();
        run();
      }}
      className={classNames(
        'mono group inline-flex items-center gap-1 rounded-[4px] px-1 -mx-1 text-ink-2 hover:bg-hover',
        className,
      )}
    >
      <span className="sr-only">Copy {what} </span>
      {shortId(id)}
      {copied ? (
        <Check size={12} className="text-ok" aria-hidden />
      ) : (
        <Copy
          size={12}
          aria-hidden
          className="opacity-0 group-hover:opacity-100 group-focus-visible:opacity-100"
        />
      )}
      <span className="sr-only" role="status">
        {copied ? 'Copied' : ''}
      </span>
    </button>
  );
}

/** A command to type, with a button that copies it. */
export function Command({ children }: { children: string }) {
  const { copied, copy: run } = useCopy(children);
  return (
    <span className="inline-flex max-w-full items-center gap-2 rounded-md border border-line bg-canvas py-1 pr-1 pl-3">
      <code className="mono overflow-x-auto whitespace-nowrap text-ink">{children}</code>
      <button
        type="button"
        onClick={run}
        aria-label={`Copy the command ${children}`}
        className="inline-flex size-6 items-center justify-center rounded-[4px] text-ink-2 hover:bg-hover"
      >
        {copied ? <Check size={13} className="text-ok" aria-hidden /> : <Copy size={13} aria-hidden />}
      </button>
    </span>
  );
}

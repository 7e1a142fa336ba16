'use client';
import { useState, type KeyboardEvent } from 'react';
import { useRouter } from 'next/navigation';
import { useQuery } from '@tanstack/react-query';
import { Dialog as Radix } from 'radix-ui';
import { Search } from 'lucide-react';
import type { ConnectionItem, RunSummary, WorkflowSummary } from '@tutti/contracts';
import { workflowHref } from '@/features/workflows/prepare/workflow-path';
import { hub, type Page } from '@/hub/client';
import { shortId } from '@/format/format';
import { classNames } from '@/ui/class-names';
import { useSettled } from '@/ui/use-settled';
import { jumpsFor, type Jump } from '../prepare/places';

const SETTLE_MS = 200;

/** What the hub knows by that text: runs, workflows, connections. */
function useFound(text: string): Jump[] {
  const wanted = useSettled(text.trim(), SETTLE_MS);
  const { data } = useQuery({
    queryKey: ['palette', wanted],
    enabled: wanted.length > 1,
    queryFn: async ({ signal }) => {
      const [runs, workflows, connections] = await Promise.all([
        hub<Page<RunSummary>>('/v1/runs', { query: { q: wanted, limit: 5 }, signal }),
        hub<Page<WorkflowSummary>>('/v1/workflows', { query: { q: wanted, limit: 5 }, signal }),
        hub<Page<ConnectionItem>>('/v1/connections', { signal }),
      ]);
      return [
        ...workflows.items.map(({ namespace, name, title }) => ({
          label: title ?? name,
          href: workflowHref({ namespace, name }),
          note: 'workflow',
        })),
        ...connections.items
          .filter(({ name }) => name.includes(wanted.toLowerCase()))
          .map(({ name }) => ({ label: name, href: `/connections/${name}`, note: 'connection' })),
        ...runs.items.map(({ id, workflow, status }) => ({
          label: `${workflow.name} ${shortId(id)}`,
          href: `/runs/${id}`,
          note: `run, ${status}`,
        })),
      ];
    },
  });
  return text.trim().length > 1 ? (data ?? []) : [];
}

/** Search over everything, and the quick way to every place. */
export function Palette({ open, onClose }: { open: boolean; onClose: () => void }) {
  return (
    <Radix.Root
      open={open}
      onOpenChange={(value) => {
        if (!value) onClose();
      }}
    >
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-scrim" />
        <Radix.Content
          aria-describedby={undefined}
          className={classNames(
            'fixed top-[14vh] left-1/2 z-50 w-[calc(100vw-32px)] max-w-[600px] -translate-x-1/2',
            'overflow-hidden rounded-lg border border-line bg-raised shadow-float',
          )}
        >
          <Radix.Title className="sr-only">Search everything</Radix.Title>
          <PaletteBody onClose={onClose} />
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

function PaletteBody({ onClose }: { onClose: () => void }) {
  const router = useRouter();
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const found = useFound(text);
  const jumps = [...found, ...jumpsFor(text)];
  const go = (jump: Jump | undefined) => {
    if (jump === undefined) return;
    onClose();
    router.push(jump.href);
  };
  const press = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown') setAt((at + 1) % jumps.length);
    else if (event.key === 'ArrowUp') setAt((at - 1 + jumps.length) % jumps.length);
    else if (event.key === 'Enter') go(jumps[at]);
    else return;
    event.preventDefault();
  };
  return (
    <>
      <div className="flex items-center gap-2.5 border-b border-line px-4">
        <Search size={15} className="text-ink-3" aria-hidden />
        <input
          autoFocus
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setAt(0);
          }}
          onKeyDown={press}
          placeholder="A run, a workflow, a connection, a place …"
          role="combobox"
          aria-expanded
          aria-controls="palette-list"
          aria-activedescendant={`palette-${at}`}
          aria-label="Search everything"
          className="h-12 flex-1 bg-transparent outline-none"
        />
      </div>
      <ul
        id="palette-list"
        role="listbox"
        aria-label="Results"
        className="max-h-[46vh] overflow-y-auto p-1.5"
      >
        {jumps.map((jump, index) => (
          <li
            key={jump.href + jump.label}
            id={`palette-${index}`}
            role="option"
            aria-selected={index === at}
            onClick={() => go(jump)}
            onMouseMove={() => setAt(index)}
            className={classNames(
              'flex h-9 cursor-pointer items-center justify-between gap-4 rounded-md px-2.5',
              index === at && 'bg-selected',
            )}
          >
            <span className="truncate">{jump.label}</span>
            <span className="text-small whitespace-nowrap text-ink-3">{jump.note}</span>
          </li>
        ))}
      </ul>
    </>
  );
}

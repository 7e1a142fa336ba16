'use client';
import { useState, type ReactNode } from 'react';
import { useRouter } from 'next/navigation';
import {
  flexRender,
  getCoreRowModel,
  useReactTable,
  type ColumnDef,
  type Table,
} from '@tanstack/react-table';
import { useKeys } from '@/features/keyboard/components/keyboard';
import { Button } from './button';
import { classNames } from './class-names';

declare module '@tanstack/react-table' {
  // The library's own hook for extra facts of a column; its type parameters must be named as there.
  // eslint-disable-next-line @typescript-eslint/no-unused-vars
  interface ColumnMeta<TData, TValue> {
    number?: boolean;
    className?: string;
  }
}

export type Columns<T> = ColumnDef<T, unknown>[];

interface DataTableProps<T> {
  label: string;
  columns: Columns<T>;
  items: T[];
  id: (item: T) => string;
  /** Where a row leads. */
  href?: (item: T) => string;
  active?: string;
  onOpen?: (item: T) => void;
  hasMore?: boolean;
  loadingMore?: boolean;
  onMore?: () => void;
  foot?: ReactNode;
}

function Head<T>({ table }: { table: Table<T> }) {
  return (
    <thead>
      {table.getHeaderGroups().map((group) => (
        <tr key={group.id}>
          {group.headers.map((header) => (
            <th
              key={header.id}
              scope="col"
              className={classNames(
                header.column.columnDef.meta?.number === true && 'number',
                header.column.columnDef.meta?.className,
              )}
            >
              {flexRender(header.column.columnDef.header, header.getContext())}
            </th>
          ))}
        </tr>
      ))}
    </thead>
  );
}

function Foot<T>({ hasMore = false, loadingMore = false, onMore, foot }: DataTableProps<T>) {
  return (
    <div className="flex items-center justify-between gap-4 border-t border-line px-3 py-2 text-small text-ink-3">
      <span>{foot}</span>
      {hasMore && (
        <Button onClick={onMore} busy={loadingMore}>
          Show more
        </Button>
      )}
    </div>
  );
}

/** A list: rows that are links, `j` and `k` to move, Enter to open, and more at the end. */
export function DataTable<T>(props: DataTableProps<T>) {
  const { label, columns, items, id, href, hasMore = false, foot } = props;
  const router = useRouter();
  const [at, setAt] = useState(-1);
  const table = useReactTable({ data: items, columns, getCoreRowModel: getCoreRowModel(), getRowId: id });
  const open = (item: T | undefined) => {
    if (item === undefined) return;
    if (props.onOpen !== undefined) props.onOpen(item);
    else if (href !== undefined) router.push(href(item));
  };
  const move = (step: number) => {
    const next = Math.min(items.length - 1, Math.max(0, at + step));
    setAt(next);
    document
      .querySelectorAll(`[data-table="${CSS.escape(label)}"] tbody tr`)
      [next]?.scrollIntoView({ block: 'nearest' });
  };
  const leads = href !== undefined || props.onOpen !== undefined;
  useKeys(
    leads
      ? {
          j: { does: 'Next row', run: () => move(1) },
          k: { does: 'Previous row', run: () => move(-1) },
          Enter: { does: 'Open the row', run: () => open(items[at]) },
        }
      : {},
  );
  return (
    <div
      className="min-h-0 overflow-auto rounded-lg"
      data-table={label}
      role="group"
      aria-label={`${label}, table`}
      tabIndex={0}
    >
      <table className="list" aria-label={label}>
        <Head table={table} />
        <tbody>
          {table.getRowModel().rows.map((row, index) => (
            <tr
              key={row.id}
              data-link={leads ? '' : undefined}
              data-active={index === at || row.id === props.active}
              onClick={(event) => {
                if (leads && !(event.target as Element).closest('a, button, input')) open(row.original);
              }}
            >
              {row.getVisibleCells().map((cell) => (
                <td
                  key={cell.id}
                  className={classNames(
                    cell.column.columnDef.meta?.number === true && 'number',
                    cell.column.columnDef.meta?.className,
                  )}
                >
                  {flexRender(cell.column.columnDef.cell, cell.getContext())}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {(hasMore || foot !== undefined) && <Foot {...props} />}
    </div>
  );
}

'use client';
import { useState } from 'react';
import { Plus, Trash2 } from 'lucide-react';
import { Button, IconButton } from '@/ui/button';
import { typedValue } from '../prepare/check';
import type { FieldKind } from '../prepare/fields';

type Entry = readonly [name: string, value: unknown];

interface RecordControlProps {
  id: string;
  label: string;
  value: unknown;
  /** What its values are. */
  kind: FieldKind;
  readOnly: boolean;
  onChange: (value: unknown) => void;
}

const textOf = (value: unknown) => (value === undefined || value === null ? '' : String(value));

/** Names and values, one a line. Their order stays as it is typed, whatever the names are. */
export function RecordControl({ id, label, value, kind, readOnly, onChange }: RecordControlProps) {
  const [entries, setEntries] = useState<readonly Entry[]>(() => Object.entries((value ?? {}) as object));
  const change = (next: readonly Entry[]) => {
    setEntries(next);
    const named = next.filter(([name]) => name !== '');
    onChange(named.length === 0 ? undefined : Object.fromEntries(named));
  };
  const put = (index: number, entry: Entry) => change(entries.map((old, i) => (i === index ? entry : old)));
  return (
    <div id={id} role="group" aria-label={label}>
      {entries.map(([name, own], index) => (
        <div key={index} className="mb-1.5 flex gap-2">
          <input
            className="field mono"
            aria-label={`Name ${index + 1} of ${label}`}
            placeholder="name"
            value={name}
            disabled={readOnly}
            onChange={(event) => put(index, [event.target.value, own])}
          />
          <input
            className="field"
            aria-label={`Value ${index + 1} of ${label}`}
            placeholder="value"
            value={textOf(own)}
            disabled={readOnly}
            onChange={(event) =>
              put(index, [name, typedValue({ kind, nullable: false }, event.target.value)])
            }
          />
          {!readOnly && (
            <IconButton
              label={`Remove ${name || `line ${index + 1}`} of ${label}`}
              onClick={() => change(entries.filter((_, other) => other !== index))}
            >
              <Trash2 size={14} aria-hidden />
            </IconButton>
          )}
        </div>
      ))}
      {!readOnly && (
        <Button
          variant="ghost"
          icon={<Plus size={14} aria-hidden />}
          onClick={() => setEntries([...entries, ['', '']])}
        >
          Add to {label.toLowerCase()}
        </Button>
      )}
    </div>
  );
}

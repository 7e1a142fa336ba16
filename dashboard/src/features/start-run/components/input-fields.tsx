'use client';
import { useMemo, useState, type RefObject } from 'react';
import { SchemaForm } from '@/features/schema-form/components/schema-form';
import { type Fault, faultsOf } from '@/features/schema-form/prepare/check';
import { formOf, initialOf, type Field, type Schema } from '@/features/schema-form/prepare/fields';
import { Segments } from '@/ui/segments';
import { sendable } from '../prepare/refused';
import { parseInput } from '../prepare/start';

/** The schema and its form, when one can be made: from that of an object, be it by reference or in parts. */
function formFrom(value: unknown): { schema: Schema; field: Field } | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const schema = value as Schema;
  const field = formOf(schema);
  return field.children.length > 0 ? { schema, field } : null;
}

const VIEWS = [
  ['form', 'Form'],
  ['json', 'JSON'],
] as const;

function JsonInput({
  text,
  fault,
  onChange,
}: {
  text: string;
  fault: string | null;
  onChange: (text: string) => void;
}) {
  return (
    <>
      <label htmlFor="json-input" className="mb-1 block font-medium">
        Input, as JSON
      </label>
      <textarea
        id="json-input"
        rows={12}
        spellCheck={false}
        className="field mono h-auto py-2"
        value={text}
        onChange={(event) => onChange(event.target.value)}
      />
      {fault !== null && <p className="mt-1 text-small text-bad">{fault}</p>}
    </>
  );
}

/** The input as it is filled in: as a form, or as text for who prefers JSON. */
export function useInput(inputSchema: unknown) {
  const form = useMemo(() => formFrom(inputSchema), [inputSchema]);
  const { schema, field } = form ?? { schema: null, field: null };
  const [input, setInput] = useState<unknown>(() => (field === null ? {} : (initialOf(field) ?? {})));
  const [text, setText] = useState<string | null>(field === null ? '{}' : null);
  const sent = useMemo(() => (field === null ? input : sendable(field, input)), [field, input]);
  const parsed = text === null ? { value: sent, fault: null } : parseInput(text);
  const faults = field === null || text !== null ? [] : faultsOf(field, input, schema ?? {});
  const switchView = () => {
    if (text === null) setText(JSON.stringify(sent, null, 2));
    else if (parsed.fault === null) {
      setInput(parsed.value);
      setText(null);
    }
  };
  return { schema, field, input, setInput, text, setText, parsed, faults, switchView };
}

/** The fields of an input, or its text; the switch between them. */
export function InputFields({
  input,
  faults,
  form,
  onChange,
}: {
  input: ReturnType<typeof useInput>;
  /** Those to be shown. */
  faults: readonly Fault[];
  form?: RefObject<HTMLDivElement | null>;
  onChange?: () => void;
}) {
  const { schema, field, text, setText, setInput, parsed, switchView } = input;
  const change = (value: unknown) => {
    onChange?.();
    setInput(value);
  };
  return (
    <>
      {field !== null && (
        <div className="mb-3 flex justify-end">
          <Segments
            label="How to give the input"
            options={VIEWS}
            value={text === null ? 'form' : 'json'}
            onChange={(view) => {
              if ((view === 'form') !== (text === null)) switchView();
            }}
          />
        </div>
      )}
      {text !== null || field === null ? (
        <JsonInput text={text ?? ''} fault={parsed.fault} onChange={setText} />
      ) : (
        <div ref={form}>
          <SchemaForm
            field={field}
            root={schema ?? {}}
            value={input.input}
            onChange={change}
            faults={faults}
          />
        </div>
      )}
    </>
  );
}

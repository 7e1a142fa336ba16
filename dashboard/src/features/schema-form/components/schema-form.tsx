'use client';
import { createContext, useContext, useId, type ReactNode } from 'react';
import { Plus, RotateCcw, Trash2 } from 'lucide-react';
import { Button, IconButton } from '@/ui/button';
import { classNames } from '@/ui/class-names';
import { formatCount } from '@/format/format';
import { type Fault } from '../prepare/check';
import { entryField, initialOf, type Field, type Schema } from '../prepare/fields';
import { valueAt, withValueAt } from '../prepare/pointer';
import { referenceOf } from '../prepare/reference';
import { Control } from './control';

interface FormContext {
  value: unknown;
  before: unknown;
  root: Schema;
  faults: readonly Fault[];
  readOnly: boolean;
  change: (pointer: string, value: unknown) => void;
  /** What stands beside a field: how sure the reader was. */
  beside: (pointer: string) => ReactNode;
  marksEdits: boolean;
  references: boolean;
}
const Context = createContext<FormContext | null>(null);
const useForm = () => useContext(Context) as FormContext;

const same = (a: unknown, b: unknown) => a === b || JSON.stringify(a) === JSON.stringify(b);
const shown = (value: unknown) =>
  value === null || value === undefined || value === ''
    ? 'empty'
    : typeof value === 'object'
      ? JSON.stringify(value)
      : String(value);

function Was({ pointer, label }: { pointer: string; label: string }) {
  const { before, value, change, marksEdits, readOnly } = useForm();
  const old = valueAt(before, pointer);
  if (!marksEdits || same(old, valueAt(value, pointer))) return null;
  return (
    <p className="mt-1 flex items-center gap-1.5 text-small text-accent" data-edited={pointer}>
      <span className="min-w-0 truncate">
        Edited; was <s className="text-ink-2">{shown(old)}</s>
      </span>
      {!readOnly && (
        <button
          type="button"
          aria-label={`Put back the old value of ${label}`}
          title="Put the old value back"
          onClick={() => change(pointer, old)}
          className="rounded-[3px] p-0.5 hover:bg-hover"
        >
          <RotateCcw size={12} aria-hidden />
        </button>
      )}
    </p>
  );
}

function FieldRow({ field }: { field: Field }) {
  const { value, before, faults, beside, change, marksEdits, readOnly, references } = useForm();
  const id = useId();
  const fault = faults.find(({ pointer }) => pointer === field.pointer);
  const edited = marksEdits && !same(valueAt(before, field.pointer), valueAt(value, field.pointer));
  return (
    <div
      className={classNames('group border-l-2 py-1 pl-3', edited ? 'border-accent' : 'border-transparent')}
      data-field={field.pointer}
    >
      <div className="mb-1 flex items-baseline justify-between gap-2">
        <label htmlFor={id} className="text-ink-2">
          {field.label}
          {!field.required && !marksEdits && <span className="text-ink-3"> (optional)</span>}
        </label>
        {beside(field.pointer)}
        {references && <ReferenceSwitch field={field} />}
      </div>
      <Control
        id={id}
        field={field}
        value={valueAt(value, field.pointer)}
        onChange={(next) => change(field.pointer, next)}
        describedBy={fault === undefined && field.help === null ? undefined : `${id}-note`}
        invalid={fault !== undefined}
        readOnly={readOnly}
        references={references}
      />
      {fault !== undefined ? (
        <p id={`${id}-note`} className="mt-1 text-small text-bad">
          {fault.text}
        </p>
      ) : (
        field.help !== null &&
        !marksEdits && (
          <p id={`${id}-note`} className="mt-1 text-small text-ink-3">
            {field.help}
          </p>
        )
      )}
      <Was pointer={field.pointer} label={field.label} />
    </div>
  );
}

/** Keeps a value elsewhere, or here again. */
function ReferenceSwitch({ field }: { field: Field }) {
  const { value, change, readOnly } = useForm();
  const own = valueAt(value, field.pointer);
  const isReference = referenceOf(own) !== null;
  // A reference stands for a whole setting that is a text, not inside of one.
  const isWhole = field.pointer.lastIndexOf('/') === 0;
  if (readOnly || (!isReference && !(isWhole && REFERABLE.has(field.kind)))) return null;
  return (
    <button
      type="button"
      className={classNames(
        'ml-auto shrink-0 rounded-[3px] text-small text-ink-3 hover:text-ink hover:underline',
        // Of other fields it is there when somebody is at them.
        !isReference && !field.secret && 'opacity-0 group-focus-within:opacity-100 group-hover:opacity-100',
      )}
      aria-label={isReference ? `Enter ${field.label} here` : `Take ${field.label} from elsewhere`}
      title={isReference ? undefined : 'From the environment or a vault'}
      onClick={() => change(field.pointer, isReference ? initialOf(field) : { $env: '' })}
    >
      {isReference ? 'Enter it here' : 'From elsewhere'}
    </button>
  );
}

const REFERABLE: ReadonlySet<string> = new Set(['text', 'long-text', 'date']);

function TableCell({ child, label, className }: { child: Field; label: string; className: string }) {
  const { value, before, change, faults, marksEdits, readOnly } = useForm();
  const edited = marksEdits && !same(valueAt(before, child.pointer), valueAt(value, child.pointer));
  const fault = faults.find(({ pointer }) => pointer === child.pointer);
  return (
    <td className={classNames('pr-1.5 pb-1.5 align-top', className)} data-field={child.pointer}>
      <Control
        id={`cell-${child.pointer}`}
        label={label}
        field={child}
        value={valueAt(value, child.pointer)}
        onChange={(next) => change(child.pointer, next)}
        invalid={fault !== undefined}
        edited={edited}
        readOnly={readOnly}
      />
      {fault !== undefined && <p className="text-small text-bad">{fault.text}</p>}
      <Was pointer={child.pointer} label={child.label} />
    </td>
  );
}

/** Lists of flat objects are tables, as invoice lines are on paper. */
function TableList({ field, entries }: { field: Field; entries: unknown[] }) {
  const { root, change, readOnly } = useForm();
  const columns = entryField(field, 0, root).children;
  return (
    <div className="overflow-x-auto" tabIndex={0} role="group" aria-label={`${field.label}, table`}>
      <table className="w-full">
        <thead>
          <tr>
            {columns.map(({ pointer, label }) => (
              <th
                key={pointer}
                scope="col"
                className="pr-1.5 pb-1 text-left text-small font-normal whitespace-nowrap text-ink-3"
              >
                {label}
              </th>
            ))}
            <th>
              <span className="sr-only">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {entries.map((_entry, index) => (
            <tr key={index}>
              {entryField(field, index, root).children.map((child, column) => (
                <TableCell
                  key={child.pointer}
                  child={child}
                  label={`${child.label} of ${field.label} ${index + 1}`}
                  className={column === 0 ? 'min-w-[150px]' : 'min-w-[76px]'}
                />
              ))}
              <td className="align-top">
                {!readOnly && (
                  <IconButton
                    label={`Remove ${field.label} ${index + 1}`}
                    onClick={() =>
                      change(
                        field.pointer,
                        entries.filter((_, other) => other !== index),
                      )
                    }
                  >
                    <Trash2 size={14} aria-hidden />
                  </IconButton>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function ListField({ field }: { field: Field }) {
  const { value, root, change, marksEdits, before, readOnly, faults } = useForm();
  const fault = faults.find(({ pointer }) => pointer === field.pointer);
  const own = valueAt(value, field.pointer);
  const entries = Array.isArray(own) ? own : [];
  const example = entryField(field, 0, root);
  const flat =
    example.kind === 'object' && example.children.every(({ kind }) => kind !== 'object' && kind !== 'list');
  const old = valueAt(before, field.pointer);
  const oldCount = Array.isArray(old) ? old.length : 0;
  return (
    <fieldset className="min-w-0 border-t border-line pt-3 pl-3">
      <legend className="float-left mb-2 w-full font-semibold">
        {field.label}{' '}
        <span className="font-normal text-ink-3">
          {formatCount(entries.length)}
          {marksEdits && oldCount !== entries.length && (
            <span className="text-accent"> edited; was {oldCount}</span>
          )}
        </span>
      </legend>
      <div className="clear-both">
        {fault !== undefined && <p className="mb-1 text-small text-bad">{fault.text}</p>}
        {flat && entries.length > 0 ? (
          <TableList field={field} entries={entries} />
        ) : (
          entries.map((_entry, index) => {
            const child = entryField(field, index, root);
            return (
              <div key={index} className="mb-2 flex items-start gap-2 border-l border-line pl-2">
                <div className="min-w-0 flex-1">
                  <FieldView field={child} />
                </div>
                {!readOnly && (
                  <IconButton
                    label={`Remove ${field.label} ${index + 1}`}
                    onClick={() =>
                      change(
                        field.pointer,
                        entries.filter((_, other) => other !== index),
                      )
                    }
                  >
                    <Trash2 size={14} aria-hidden />
                  </IconButton>
                )}
              </div>
            );
          })
        )}
        {!readOnly && (
          <Button
            variant="ghost"
            icon={<Plus size={14} aria-hidden />}
            onClick={() =>
              change(field.pointer, [...entries, initialOf({ ...example, required: true }) ?? ''])
            }
          >
            Add to {field.label.toLowerCase()}
          </Button>
        )}
      </div>
    </fieldset>
  );
}

function FieldView({ field }: { field: Field }) {
  if (field.kind === 'list') return <ListField field={field} />;
  if (field.kind !== 'object') return <FieldRow field={field} />;
  if (field.pointer === '') return <Group field={field} />;
  return (
    <fieldset className="min-w-0 border-t border-line pt-3 first:border-0 first:pt-0">
      <legend className="float-left mb-1 w-full pl-3 font-semibold">{field.label}</legend>
      <div className="clear-both">
        <Group field={field} />
      </div>
    </fieldset>
  );
}

const SHORT: ReadonlySet<string> = new Set(['text', 'number', 'integer', 'date', 'choice', 'boolean']);

/** Two short fields side by side, groups and long ones over the whole width. */
function Group({ field }: { field: Field }) {
  const plain = field.children.filter(({ kind }) => SHORT.has(kind));
  const wide = field.children.filter(({ kind }) => !SHORT.has(kind));
  return (
    <div className="flex min-w-0 flex-col gap-3">
      {plain.length > 0 && (
        <div
          className={classNames(
            'grid gap-x-3 gap-y-1.5',
            plain.length > 1 ? 'grid-cols-2 max-md:grid-cols-1' : 'grid-cols-1',
          )}
        >
          {plain.map((child) => (
            <FieldView key={child.pointer} field={child} />
          ))}
        </div>
      )}
      {wide.map((child) => (
        <FieldView key={child.pointer} field={child} />
      ))}
    </div>
  );
}

export interface SchemaFormProps {
  field: Field;
  root: Schema;
  value: unknown;
  onChange: (value: unknown) => void;
  faults?: readonly Fault[];
  /** The values to compare with; given, edited fields are marked. */
  before?: unknown;
  beside?: (pointer: string) => ReactNode;
  readOnly?: boolean;
  /** Values may be kept in the environment or a vault. */
  references?: boolean;
}

/** A form made from a JSON Schema: groups, lists, choices, dates, files. */
export function SchemaForm({
  field,
  root,
  value,
  onChange,
  faults = [],
  before,
  beside = () => null,
  readOnly = false,
  references = false,
}: SchemaFormProps) {
  const context: FormContext = {
    value,
    before,
    root,
    faults,
    beside,
    readOnly,
    marksEdits: before !== undefined,
    references,
    change: (pointer, next) => onChange(withValueAt(value, pointer, next)),
  };
  return (
    <Context.Provider value={context}>
      <FieldView field={field} />
    </Context.Provider>
  );
}

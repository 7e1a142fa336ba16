'use client';
import { useState, type ChangeEvent, type KeyboardEvent } from 'react';
import { FileText, Upload } from 'lucide-react';
import type { ArtifactRef } from '@tutti/contracts';
import { formatBytes } from '@/format/format';
import { upload } from '@/hub/client';
import { ArtifactLink, isArtifact } from '@/ui/json-view';
import { classNames } from '@/ui/class-names';
import { ProblemNote } from '@/ui/notes';
import { typedValue } from '../prepare/check';
import { recordKind, type Field } from '../prepare/fields';
import { referenceOf } from '../prepare/reference';
import { RecordControl } from './record-control';
import { ReferenceControl } from './reference-control';
import { SecretControl } from './secret-control';

interface ControlProps {
  id: string;
  field: Field;
  value: unknown;
  onChange: (value: unknown) => void;
  label?: string;
  describedBy?: string | undefined;
  invalid?: boolean;
  edited?: boolean;
  readOnly?: boolean;
  /** The value may be kept elsewhere. */
  references?: boolean;
}

/** Escape leaves a field, so that the page's keys work again. */
const leave = (event: KeyboardEvent<HTMLElement>) => {
  if (event.key === 'Escape') {
    event.stopPropagation();
    event.currentTarget.blur();
  }
};

/** The input for one field. */
export function Control(props: ControlProps) {
  const { id, field, value, onChange, label, describedBy } = props;
  const { invalid = false, edited = false, readOnly = false, references = false } = props;
  const shown = value === null || value === undefined ? '' : String(value);
  const type = (event: ChangeEvent<HTMLInputElement | HTMLTextAreaElement>) =>
    onChange(typedValue(field, event.target.value));
  const common = {
    id,
    'aria-label': label,
    'aria-describedby': describedBy,
    'aria-invalid': invalid || undefined,
    onKeyDown: leave,
    disabled: readOnly,
    className: classNames('field', invalid && 'border-bad', edited && 'border-accent'),
  };
  const reference = references ? referenceOf(value) : null;
  const named = label ?? field.label;
  if (reference !== null)
    return (
      <ReferenceControl {...{ id, reference, invalid, readOnly, describedBy, onChange }} label={named} />
    );
  switch (field.kind) {
    case 'boolean':
      return (
        <input
          {...common}
          type="checkbox"
          className="my-1.5 size-4 accent-accent-fill"
          checked={value === true}
          onChange={(event) => onChange(event.target.checked)}
        />
      );
    case 'choice':
      return <Choice {...props} common={common} />;
    case 'record':
      return <RecordControl {...{ id, value, readOnly, onChange }} label={named} kind={recordKind(field)} />;
    case 'artifact':
      return <FileControl {...props} />;
    case 'long-text':
      return (
        <textarea
          {...common}
          rows={4}
          className={classNames(common.className, 'h-auto py-1.5')}
          value={shown}
          onChange={type}
        />
      );
    case 'json':
    case 'object':
    case 'list':
      return <JsonControl {...props} common={common} />;
    case 'number':
    case 'integer':
      return <input {...common} {...defaultOf(field)} inputMode="decimal" value={shown} onChange={type} />;
    case 'date':
      return <input {...common} type="date" value={shown} onChange={type} />;
    case 'text':
      return field.secret ? (
        <SecretControl label={named} required={field.required} {...{ value, readOnly, onChange }}>
          <input {...common} type="password" autoComplete="new-password" value={shown} onChange={type} />
        </SecretControl>
      ) : (
        <input {...common} {...defaultOf(field)} {...PLAIN_TEXT} value={shown} onChange={type} />
      );
  }
}

const PLAIN_TEXT = { type: 'text', autoComplete: 'off', spellCheck: false } as const;

/** What holds where nothing is entered. */
function defaultOf({ schema }: Field): { placeholder?: string } {
  const { default: value } = schema;
  return typeof value === 'string' || typeof value === 'number' ? { placeholder: String(value) } : {};
}

type Common = { id: string; className: string; disabled: boolean };

function Choice({ field, value, onChange, common }: ControlProps & { common: Common }) {
  const index = field.choices.findIndex((choice) => choice === value);
  return (
    <select
      {...common}
      value={index < 0 ? '' : String(index)}
      onChange={(event) =>
        onChange(
          event.target.value === ''
            ? field.nullable
              ? null
              : undefined
            : field.choices[Number(event.target.value)],
        )
      }
    >
      {(field.nullable || !field.required || index < 0) && <option value="">Not set</option>}
      {field.choices.map((choice, at) => (
        <option key={String(choice)} value={String(at)}>
          {String(choice)}
        </option>
      ))}
    </select>
  );
}

function JsonControl({ value, onChange, common }: ControlProps & { common: Common }) {
  const [text, setText] = useState(value === undefined ? '' : JSON.stringify(value, null, 2));
  const [wrong, setWrong] = useState(false);
  const type = (next: string) => {
    setText(next);
    if (next.trim() === '') {
      setWrong(false);
      onChange(undefined);
      return;
    }
    try {
      onChange(JSON.parse(next));
      setWrong(false);
    } catch {
      // As text, which is refused: the value from before must not be sent in its place.
      onChange(next);
      setWrong(true);
    }
  };
  return (
    <>
      <textarea
        {...common}
        rows={5}
        spellCheck={false}
        className={classNames(common.className, 'mono h-auto py-1.5')}
        value={text}
        onChange={(event) => type(event.target.value)}
        placeholder="JSON"
      />
      {wrong && <p className="text-small text-bad">This is not JSON yet.</p>}
    </>
  );
}

function FileControl({ id, value, onChange, readOnly = false, describedBy }: ControlProps) {
  const [busy, setBusy] = useState<File>();
  const [error, setError] = useState<unknown>(null);
  const take = async (file: File | undefined) => {
    if (file === undefined) return;
    setBusy(file);
    setError(null);
    try {
      onChange(await upload<ArtifactRef>(file));
    } catch (thrown) {
      setError(thrown);
    } finally {
      setBusy(undefined);
    }
  };
  return (
    <div
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        if (!readOnly) void take(event.dataTransfer.files[0]);
      }}
      className="rounded-md border border-dashed border-control-line px-3 py-2.5"
    >
      {busy !== undefined ? (
        <p className="flex items-center gap-2" role="status">
          <FileText size={14} aria-hidden />
          Storing {busy.name}, {formatBytes(busy.size)} …
        </p>
      ) : (
        isArtifact(value) && (
          <p className="mb-1.5">
            <ArtifactLink artifact={value} />
          </p>
        )
      )}
      {!readOnly && (
        <label htmlFor={id} className="inline-flex items-center gap-1.5 text-ink-2">
          <Upload size={14} aria-hidden />
          {isArtifact(value) ? 'Take another file' : 'Choose a file, or drop it here'}
          <input
            id={id}
            type="file"
            className="sr-only"
            aria-describedby={describedBy}
            onChange={(event) => void take(event.target.files?.[0])}
          />
        </label>
      )}
      {error !== null && <ProblemNote error={error} className="mt-2" />}
    </div>
  );
}

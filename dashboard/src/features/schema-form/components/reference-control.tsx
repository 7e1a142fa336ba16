'use client';
import { classNames } from '@/ui/class-names';
import { REFERENCES, type ReferenceKind, referenceOf } from '../prepare/reference';

interface ReferenceControlProps {
  id: string;
  label: string;
  reference: NonNullable<ReturnType<typeof referenceOf>>;
  invalid: boolean;
  readOnly: boolean;
  describedBy: string | undefined;
  onChange: (value: unknown) => void;
}

/** Where the value is kept: its kind, and its name there. */
export function ReferenceControl(props: ReferenceControlProps) {
  const { id, label, reference, invalid, readOnly, describedBy, onChange } = props;
  const { kind, text } = reference;
  return (
    <div className="flex gap-2">
      <select
        className="field w-auto shrink-0"
        aria-label={`Where ${label} is kept`}
        value={kind}
        disabled={readOnly}
        onChange={(event) => onChange({ [event.target.value as ReferenceKind]: text })}
      >
        {Object.entries(REFERENCES).map(([each, { label: name }]) => (
          <option key={each} value={each}>
            {name}
          </option>
        ))}
      </select>
      <input
        id={id}
        className={classNames('field mono', invalid && 'border-bad')}
        value={text}
        placeholder={REFERENCES[kind].placeholder}
        title={REFERENCES[kind].help}
        aria-invalid={invalid || undefined}
        aria-describedby={describedBy}
        disabled={readOnly}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => onChange({ [kind]: event.target.value })}
      />
    </div>
  );
}

'use client';
import { useId } from 'react';
import { classNames } from '@/ui/class-names';
import { type LimitsDraft, type LimitsFaults, periodsFor } from '../prepare/limits';

interface NumberFieldProps {
  id: string;
  label: string;
  value: string;
  placeholder: string;
  fault: string | undefined;
  onChange: (value: string) => void;
  children?: React.ReactNode;
}

function NumberField({ id, label, value, placeholder, fault, onChange, children }: NumberFieldProps) {
  return (
    <div>
      <label htmlFor={id} className="mb-1 block text-ink-2">
        {label}
      </label>
      <div className="flex gap-2">
        <input
          id={id}
          inputMode="numeric"
          className={classNames('field', fault !== undefined && 'border-bad')}
          value={value}
          placeholder={placeholder}
          aria-invalid={fault !== undefined || undefined}
          aria-describedby={fault === undefined ? undefined : `${id}-fault`}
          onChange={(event) => onChange(event.target.value)}
        />
        {children}
      </div>
      {fault !== undefined && (
        <p id={`${id}-fault`} className="mt-1 text-small text-bad">
          {fault}
        </p>
      )}
    </div>
  );
}

interface LimitsFieldsProps {
  draft: LimitsDraft;
  /** What is set now: its time stays one of those to choose from. */
  set: LimitsDraft;
  faults: LimitsFaults;
  onChange: (draft: LimitsDraft) => void;
}

/** How much the other side is asked at most. */
export function LimitsFields({ draft, set, faults, onChange }: LimitsFieldsProps) {
  const id = useId();
  return (
    <fieldset className="mt-4 border-t border-line pt-3">
      <legend className="sr-only">Limits</legend>
      <p className="mb-2 text-small text-ink-3">
        Limits hold over all connector hosts together. Calls beyond them wait for their turn. An empty field
        leaves it to the plugin.
      </p>
      <div className="grid grid-cols-2 gap-3 max-sm:grid-cols-1">
        <NumberField
          id={`${id}-concurrency`}
          label="Calls at once"
          value={draft.concurrency}
          placeholder="16"
          fault={faults.concurrency}
          onChange={(concurrency) => onChange({ ...draft, concurrency })}
        />
        <NumberField
          id={`${id}-requests`}
          label="Calls at most"
          value={draft.requests}
          placeholder="as the plugin says"
          fault={faults.requests}
          onChange={(requests) => onChange({ ...draft, requests })}
        >
          <select
            className="field w-auto shrink-0"
            aria-label="Time in which the calls are counted"
            value={draft.perMs}
            onChange={(event) => onChange({ ...draft, perMs: Number(event.target.value) })}
          >
            {periodsFor(set.perMs).map((period) => (
              <option key={period.perMs} value={period.perMs}>
                {period.label}
              </option>
            ))}
          </select>
        </NumberField>
      </div>
    </fieldset>
  );
}

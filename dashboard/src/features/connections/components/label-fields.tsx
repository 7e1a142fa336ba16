'use client';
import { useId } from 'react';
import { environmentsOf, type Labels } from '../prepare/labels';
import { useKnownConnections } from './use-connection';

interface LabelFieldsProps {
  labels: Labels;
  onChange: (labels: Labels) => void;
}

/** Who looks after the connection, and what it is for. */
export function LabelFields({ labels, onChange }: LabelFieldsProps) {
  const id = useId();
  const known = environmentsOf(useKnownConnections().data?.items ?? []);
  return (
    <fieldset className="mt-4 border-t border-line pt-3">
      <legend className="sr-only">Whose it is</legend>
      <div className="grid grid-cols-2 gap-3 max-sm:grid-cols-1">
        <div>
          <label htmlFor={`${id}-owner`} className="mb-1 block text-ink-2">
            Owner
          </label>
          <input
            id={`${id}-owner`}
            className="field"
            maxLength={200}
            placeholder="a name, a team, an address"
            value={labels.owner}
            onChange={(event) => onChange({ ...labels, owner: event.target.value })}
          />
        </div>
        <div>
          <label htmlFor={`${id}-environment`} className="mb-1 block text-ink-2">
            Environment
          </label>
          <input
            id={`${id}-environment`}
            className="field"
            list={`${id}-environments`}
            maxLength={200}
            placeholder="production, test"
            value={labels.environment}
            onChange={(event) => onChange({ ...labels, environment: event.target.value })}
          />
          <datalist id={`${id}-environments`}>
            {[...new Set([...known, 'production', 'test'])].map((each) => (
              <option key={each} value={each} />
            ))}
          </datalist>
        </div>
      </div>
    </fieldset>
  );
}

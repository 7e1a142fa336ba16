'use client';
import { classNames } from './class-names';

/** A choice of one of a few views, side by side. */
export function Segments({
  label,
  options,
  value,
  onChange,
}: {
  label: string;
  options: readonly (readonly [id: string, label: string])[];
  value: string;
  onChange: (id: string) => void;
}) {
  return (
    <div role="group" aria-label={label} className="flex rounded-md border border-line bg-surface p-0.5">
      {options.map(([id, text]) => (
        <button
          key={id}
          type="button"
          aria-pressed={value === id}
          onClick={() => onChange(id)}
          className={classNames(
            'h-7 rounded-[5px] px-3',
            value === id ? 'bg-selected font-medium' : 'text-ink-2 hover:bg-hover',
          )}
        >
          {text}
        </button>
      ))}
    </div>
  );
}

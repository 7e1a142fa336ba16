'use client';
import { RANGES } from '../prepare/range';

export function RangeSelect({ value, onChange }: { value: string; onChange: (id: string) => void }) {
  return (
    <select
      aria-label="Time range"
      value={value}
      onChange={(event) => onChange(event.target.value)}
      className="field w-auto pr-2"
    >
      {RANGES.map(({ id, label }) => (
        <option key={id} value={id}>
          {label}
        </option>
      ))}
    </select>
  );
}

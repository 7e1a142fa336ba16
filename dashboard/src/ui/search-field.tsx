'use client';
import { useEffect, useState } from 'react';
import { Search } from 'lucide-react';
import { Keys } from './button';

interface SearchProps {
  value: string;
  onChange: (value: string) => void;
  label: string;
  placeholder: string;
  className?: string;
}
const SETTLE_MS = 250;

/** A search box that answers after the typing has settled; `/` focuses it. */
export function SearchField({ value, onChange, label, placeholder, className = 'w-72' }: SearchProps) {
  const [text, setText] = useState(value);
  const [seen, setSeen] = useState(value);
  // The address changed under us (back button, a cleared filter): follow it.
  if (value !== seen) {
    setSeen(value);
    setText(value);
  }
  useEffect(() => {
    if (text === value) return undefined;
    const timer = setTimeout(() => {
      setSeen(text);
      onChange(text);
    }, SETTLE_MS);
    return () => clearTimeout(timer);
  }, [text, value, onChange]);
  return (
    <div className={`relative ${className}`}>
      <Search size={14} className="pointer-events-none absolute top-[9px] left-2.5 text-ink-3" aria-hidden />
      <input
        type="search"
        data-page-search
        aria-label={label}
        placeholder={placeholder}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') event.currentTarget.blur();
        }}
        className="field peer pr-8 pl-8"
        maxLength={200}
      />
      <span className="pointer-events-none absolute top-[7px] right-2 peer-focus:hidden">
        <Keys keys="/" />
      </span>
    </div>
  );
}

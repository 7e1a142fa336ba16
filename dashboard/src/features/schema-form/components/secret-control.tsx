'use client';
import { useState } from 'react';
import { Check } from 'lucide-react';
import { Button } from '@/ui/button';
import { MASK } from '../prepare/reference';

interface SecretControlProps {
  label: string;
  value: unknown;
  required: boolean;
  readOnly: boolean;
  onChange: (value: unknown) => void;
  /** The input for a new secret. */
  children: React.ReactNode;
}

/** A secret goes in and never comes out: it is set, not set, or replaced. */
export function SecretControl({ label, value, required, readOnly, onChange, children }: SecretControlProps) {
  const [wasSet] = useState(value === MASK);
  if (!wasSet) return children;
  if (value !== MASK)
    return (
      <div className="flex gap-2">
        <div className="min-w-0 flex-1">{children}</div>
        <Button onClick={() => onChange(MASK)} aria-label={`Keep the ${label} that is set`}>
          Keep
        </Button>
      </div>
    );
  return (
    <div className="flex items-center gap-2">
      <span className="flex h-8 min-w-0 flex-1 items-center gap-1.5 rounded-md border border-line bg-canvas px-2.5 text-ink-2">
        <Check size={14} className="text-ok" aria-hidden /> Set
      </span>
      {!readOnly && (
        <>
          <Button onClick={() => onChange('')} aria-label={`Replace ${label}`}>
            Replace
          </Button>
          {!required && (
            <Button onClick={() => onChange(undefined)} aria-label={`Remove ${label}`}>
              Remove
            </Button>
          )}
        </>
      )}
    </div>
  );
}

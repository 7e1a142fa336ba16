'use client';
import { useState } from 'react';
import { Check, ChevronRight, Copy, FileText } from 'lucide-react';
import { hubUrl } from '@/hub/client';
import { formatBytes } from '@/format/format';
import { IconButton } from './button';
import { useCopy } from './short-id';

const OPEN_DEPTH = 2;
const SHOWN_ENTRIES_MAX = 200;

interface Ref {
  $artifact: string;
  mediaType: string;
  bytes: number;
  name?: string;
}
/** Whether a value refers to a stored document; a JSON schema of such a value has the property too. */
export function isArtifact(value: unknown): value is Ref {
  return (
    typeof value === 'object' && value !== null && '$artifact' in value && typeof value.$artifact === 'string'
  );
}

/** A JSON value as a tree that folds; stored documents are links. */
export function JsonView({ value, label }: { value: unknown; label: string }) {
  const { copied, copy } = useCopy(() => JSON.stringify(value, null, 2) ?? 'null');
  if (value === undefined) return <p className="text-ink-3">Nothing yet.</p>;
  return (
    <div className="relative" role="group" aria-label={label}>
      <IconButton label={`Copy ${label} as JSON`} className="absolute -top-1 right-0 z-1" onClick={copy}>
        {copied ? <Check size={14} className="text-ok" aria-hidden /> : <Copy size={14} aria-hidden />}
      </IconButton>
      <div className="mono overflow-x-auto pr-8">
        <Node value={value} depth={0} />
      </div>
    </div>
  );
}

function Scalar({ value }: { value: unknown }) {
  if (typeof value === 'string')
    return <span className="break-all whitespace-pre-wrap text-ok">"{value}"</span>;
  if (typeof value === 'number') return <span className="text-busy">{value}</span>;
  return <span className="text-held">{String(value)}</span>;
}

export function ArtifactLink({ artifact }: { artifact: Ref }) {
  return (
    <a
      href={hubUrl(`/v1/artifacts/${artifact.$artifact}/content`)}
      target="_blank"
      rel="noreferrer"
      className="inline-flex items-center gap-1.5 text-accent hover:underline"
    >
      <FileText size={13} aria-hidden />
      {artifact.name ?? artifact.$artifact}
      <span className="text-ink-3">
        {artifact.mediaType}, {formatBytes(artifact.bytes)}
      </span>
    </a>
  );
}

function Node({ value, depth, name }: { value: unknown; depth: number; name?: string }) {
  const [open, setOpen] = useState(depth < OPEN_DEPTH);
  const prefix = name !== undefined && <span className="text-ink-2">{name}: </span>;
  if (isArtifact(value))
    return (
      <div className="pl-4">
        {prefix}
        <ArtifactLink artifact={value} />
      </div>
    );
  if (typeof value !== 'object' || value === null)
    return (
      <div className="pl-4">
        {prefix}
        <Scalar value={value} />
      </div>
    );
  const entries = Array.isArray(value)
    ? value.map((each, index) => [String(index), each] as const)
    : Object.entries(value);
  const summary = Array.isArray(value) ? `[${entries.length}]` : `{${entries.length}}`;
  return (
    <div>
      <button
        type="button"
        onClick={() => setOpen(!open)}
        aria-expanded={open}
        className="inline-flex items-center rounded-[4px] hover:bg-hover"
      >
        <ChevronRight
          size={12}
          aria-hidden
          className={`mr-1 transition-transform ${open ? 'rotate-90' : ''}`}
        />
        {prefix}
        <span className="text-ink-3">{summary}</span>
      </button>
      {open && (
        <div className="ml-[5px] border-l border-line pl-2">
          {entries.slice(0, SHOWN_ENTRIES_MAX).map(([key, each]) => (
            <Node key={key} name={key} value={each} depth={depth + 1} />
          ))}
          {entries.length > SHOWN_ENTRIES_MAX && (
            <p className="pl-4 text-ink-3">{entries.length - SHOWN_ENTRIES_MAX} more; copy to see all.</p>
          )}
        </div>
      )}
    </div>
  );
}

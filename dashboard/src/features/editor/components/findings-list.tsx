'use client';
import { CircleAlert, Info, TriangleAlert } from 'lucide-react';
import type { Finding } from '@tutti/contracts';
import { docsHref } from '@/features/docs/prepare/docs-href';

const LOOKS = {
  error: { icon: CircleAlert, tone: 'text-bad', word: 'Error' },
  warning: { icon: TriangleAlert, tone: 'text-wait', word: 'Warning' },
  info: { icon: Info, tone: 'text-busy', word: 'Note' },
} as const;

interface FindingItem extends Pick<Finding, 'severity' | 'code' | 'message' | 'fix' | 'docs'> {
  line?: number | undefined;
  column?: number | undefined;
}

function Place({ line, column }: FindingItem) {
  if (line === undefined) return null;
  return (
    <span className="text-ink-3 whitespace-nowrap">
      line {line}
      {column === undefined ? '' : `, column ${column}`}
    </span>
  );
}

/** The findings of a document: what is wrong, where, and how to mend it. */
export function FindingsList<T extends FindingItem>({
  findings,
  onSelect,
}: {
  findings: readonly T[];
  onSelect?: (finding: T) => void;
}) {
  return (
    <ul aria-label="Findings">
      {findings.map((finding, index) => {
        const { icon: Icon, tone, word } = LOOKS[finding.severity];
        const message = <span className="min-w-0 break-words">{finding.message}</span>;
        return (
          <li
            key={`${index} ${finding.code}`}
            data-code={finding.code}
            className="flex gap-2.5 border-b border-line px-4 py-2 last:border-0"
          >
            <Icon size={15} className={`mt-[3px] shrink-0 ${tone}`} aria-label={word} role="img" />
            <div className="min-w-0 flex-1">
              {onSelect === undefined ? (
                message
              ) : (
                <button
                  type="button"
                  className="rounded-[4px] text-left font-medium hover:underline"
                  onClick={() => onSelect(finding)}
                >
                  {message}
                </button>
              )}
              {finding.fix !== undefined && <p className="break-words text-ink-2">{finding.fix}</p>}
              <p className="flex flex-wrap gap-x-3 text-small">
                <Place {...finding} />
                <Code {...finding} />
              </p>
            </div>
          </li>
        );
      })}
    </ul>
  );
}

/** The code, and what is written about it: in a tab of its own, because here a text may be under work. */
function Code({ code, docs }: FindingItem) {
  if (docs === undefined) return <code className="mono text-ink-3">{code}</code>;
  return (
    <a href={docsHref(docs)} target="_blank" className="mono text-accent hover:underline">
      {code}
    </a>
  );
}

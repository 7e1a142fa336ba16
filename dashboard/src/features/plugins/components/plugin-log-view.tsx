'use client';
import { classNames } from '@/ui/class-names';
import { ProblemNote, SkeletonRows } from '@/ui/notes';
import { Panel } from '@/ui/page';
import { Time } from '@/ui/time';
import { usePluginLog } from './use-plugin';

/** The last lines of a plugin, the newest first. */
export function PluginLogView({ name }: { name: string }) {
  const { data, error, isPending } = usePluginLog(name);
  return (
    <Panel title="Log" note="the last lines of each version and connector host, without secrets">
      {error !== null && <ProblemNote error={error} className="m-3" />}
      {isPending && <SkeletonRows rows={4} />}
      {data?.items.length === 0 && <p className="px-4 py-3 text-ink-2">It has said nothing yet.</p>}
      <ol className="mono text-small">
        {(data?.items ?? []).toReversed().map((line, index) => (
          <li key={index} className="flex gap-3 border-t border-line px-4 py-1 first:border-t-0">
            <span className="shrink-0 whitespace-nowrap text-ink-3">
              <Time at={line.at} />
            </span>
            <span className="shrink-0 text-ink-3">{line.version}</span>
            <span
              className={classNames(
                'min-w-0 break-words whitespace-pre-wrap',
                line.level === 'error' && 'text-bad',
              )}
            >
              {line.level === 'info' ? '' : `${line.level}: `}
              {line.text}
            </span>
          </li>
        ))}
      </ol>
    </Panel>
  );
}

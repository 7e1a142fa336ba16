import { formatDuration, formatDurationTick } from '@/format/format';
import { classNames } from '@/ui/class-names';
import type { Scale } from '../prepare/scale';

/** The axis over bars: how long each piece is; waits that are squeezed are hatched. */
export function TimeAxis({ scale }: { scale: Scale }) {
  return (
    <span className="relative flex h-full">
      {scale.pieces.map(({ left, width, fromMs, toMs, squeezed }) => (
        <span
          key={left}
          style={{ width: `${width * 100}%` }}
          title={squeezed ? 'Waiting; not to scale' : undefined}
          className={classNames(
            'flex h-full items-center justify-center overflow-hidden border-r border-line text-small whitespace-nowrap last:border-0',
            squeezed ? 'text-ink-2' : 'text-ink-3',
          )}
        >
          <span className={squeezed ? 'border-b border-dotted border-current' : undefined}>
            {squeezed ? formatDurationTick(toMs - fromMs) : formatDuration(toMs - fromMs)}
          </span>
        </span>
      ))}
    </span>
  );
}

/** Hatched grounds for squeezed pieces, under the bars. */
export function SqueezedGround({ scale }: { scale: Scale }) {
  return (
    <>
      {scale.pieces
        .filter(({ squeezed }) => squeezed)
        .map(({ left, width }) => (
          <span
            key={left}
            aria-hidden
            className="absolute inset-y-0"
            style={{
              left: `${left * 100}%`,
              width: `${width * 100}%`,
              background: 'repeating-linear-gradient(135deg, var(--line) 0 1px, transparent 1px 6px)',
            }}
          />
        ))}
    </>
  );
}

import { PREVIEW_TURNS_MAX } from '@tutti/contracts';

/**
 * Why a run has too many turns to be replayed for a request, or null. A replay holds the event loop of the
 * API, so this is asked before the events of the run are read.
 */
export function tooLongToReplay({ revision }: { revision: number }): string | null {
  return revision > PREVIEW_TURNS_MAX
    ? `The run has ${revision} turns, and at most ${PREVIEW_TURNS_MAX} are replayed for a request.`
    : null;
}

import type { CallOutcome, CallRequest, ShellCall } from '@tutti/contracts';
import { LIMITS } from '../limits.js';
import type { Children } from './children.js';
import { childOutcome } from './process-outcome.js';

const SHELL = '/bin/sh';
/** Blocks of `ulimit -f`. */
const BLOCK_BYTES = 512;
/**
 * Sets bounds that the command inherits, then becomes the shell that runs it. The command and its arguments
 * come as arguments, so that nothing is pasted into anything.
 */
const BOUNDED =
  `ulimit -c 0; ulimit -f ${LIMITS.processFileBytesMax / BLOCK_BYTES}; ` +
  `ulimit -t ${LIMITS.processCpuSecondsMax}; exec ${SHELL} -c "$0" sh "$@"`;
const PATH = '/usr/local/bin:/usr/bin:/bin';

/** Performs `run: shell`. */
export async function runShell(
  children: Children,
  { request, dueMs }: { request: CallRequest; dueMs: number },
): Promise<CallOutcome> {
  const call = request.input as ShellCall;
  const result = await children.run(
    (folder) => ({
      file: SHELL,
      arguments: ['-c', BOUNDED, call.command, ...call.arguments],
      environment: { PATH, HOME: folder, TMPDIR: folder, ...call.environment },
      stdin: call.stdin ?? '',
    }),
    dueMs,
  );
  return childOutcome(request, { kind: 'shell', wanted: call.return, result });
}

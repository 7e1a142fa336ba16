import type { CallOutcome, CallRequest, ProcessKind, ProcessResult, ProcessReturn } from '@tutti/contracts';
import { failure, timedOut, unknownOutcome, type Failure } from '../calls/outcomes.js';
import { LIMITS } from '../limits.js';
import type { ChildStopped } from './children.js';
import type { ScriptEnd, ScriptResult } from './script-job.js';

const NOUNS: Record<ProcessKind, string> = { script: 'script', shell: 'command', container: 'container' };

/** The outcome of a process that came to its end by itself. */
export function processOutcome(
  kind: ProcessKind,
  wanted: ProcessReturn,
  { result, detail }: { result: ProcessResult; detail?: string },
): CallOutcome {
  const { code, stdout, stderr } = result;
  if (code !== 0 && wanted !== 'code' && wanted !== 'all') {
    const said = detail ?? lastWords(stderr);
    return failure({
      fate: 'permanent',
      kind: 'runtime',
      status: 500,
      title: `The ${NOUNS[kind]} failed`,
      detail: `It ended with status ${code}${said === '' ? '.' : `: ${said}`}`,
      reason: 'rejected',
      reply: { code, stdout: cut(stdout), stderr: cut(stderr) },
    });
  }
  const output = { stdout, stderr, code, all: { code, stdout, stderr }, none: null }[wanted];
  if (Buffer.byteLength(JSON.stringify(output)) > LIMITS.outputBytesMax)
    return overLimit(kind, outputLimit());
  return { status: 'succeeded', output };
}

/** The outcome of a script, whatever ended it. */
export function scriptOutcome(wanted: ProcessReturn, result: ScriptResult): CallOutcome {
  const { code, stdout, stderr, ended, thrown } = result;
  if (ended !== undefined) return overLimit('script', ENDS[ended]);
  const place = thrown?.line === undefined ? '' : ` (line ${thrown.line}, column ${thrown.column})`;
  const detail = thrown && { detail: `${thrown.message}${place}` };
  return processOutcome('script', wanted, { result: { code, stdout, stderr }, ...detail });
}

const MIB = 1024 * 1024;
const ENDS: Record<ScriptEnd, string> = {
  cpu: `scriptCpuMsMax: it used more than ${LIMITS.scriptCpuMsMax} ms of the processor`,
  memory: `scriptMemoryBytesMax: it needed more than ${LIMITS.scriptMemoryBytesMax / MIB} MiB`,
  output: outputLimit(),
  crash:
    'scriptStackBytesMax or scriptMemoryBytesMax: it was nested too deep, or left no memory to go on ' +
    `(${LIMITS.scriptStackBytesMax / 1024} KiB, ${LIMITS.scriptMemoryBytesMax / MIB} MiB)`,
};

function outputLimit(): string {
  return `processOutputBytesMax: its output is larger than ${LIMITS.processOutputBytesMax / 1024} KiB`;
}

/** The outcome of a command or container, whatever ended it. */
export function childOutcome(
  request: CallRequest,
  of: { kind: 'shell' | 'container'; wanted: ProcessReturn; result: ProcessResult | ChildStopped },
): CallOutcome {
  const { kind, wanted, result } = of;
  if (!('stopped' in result)) return processOutcome(kind, wanted, { result });
  switch (result.stopped) {
    case 'deadline':
      return processLate(request, kind);
    case 'output':
      return overLimit(kind, outputLimit());
    case 'closed':
      return interrupted(request, kind);
    case 'unstartable':
      return notConfigured(kind, `It could not be started: ${result.detail}.`);
  }
}

/** The hub ended while a process ran, and took it along. The call is given again, so that nobody is told. */
export function interrupted(request: CallRequest, kind: ProcessKind): Failure {
  const failed = failure({
    fate: 'transient',
    kind: 'runtime',
    status: 503,
    title: `The ${NOUNS[kind]} was ended with the hub`,
    reason: 'unavailable',
  });
  return request.effect === 'write' ? unknownOutcome(failed, 'It may have taken effect.') : failed;
}

/** A process went over a limit, which is told by its name. */
export function overLimit(kind: ProcessKind, limit: string): Failure {
  return failure({
    fate: 'permanent',
    kind: 'runtime',
    status: 500,
    title: `The ${NOUNS[kind]} went over a limit`,
    detail: `The limit is ${limit}.`,
    reason: 'rejected',
  });
}

/** What is to be run cannot be, and a repeat changes nothing about that. */
export function notConfigured(kind: ProcessKind, detail: string): Failure {
  const title = `The ${NOUNS[kind]} cannot be run here`;
  return failure({
    fate: 'permanent',
    kind: 'configuration',
    status: 400,
    title,
    detail,
    reason: 'rejected',
  });
}

/** The process did not end in time. A write may have taken effect until then. */
export function processLate(request: CallRequest, kind: ProcessKind): Failure {
  const late = timedOut(`The ${NOUNS[kind]} of "${request.taskName}"`, request.timeoutMs);
  return request.effect === 'write' ? unknownOutcome(late, 'It may have taken effect.') : late;
}

/** A process that may have run before, which nobody can be asked about: it is not started again. */
export function startedBefore(request: CallRequest, kind: ProcessKind): Failure {
  return failure({
    fate: 'unknown',
    kind: 'runtime',
    status: 500,
    title: `The ${NOUNS[kind]} may have run before`,
    detail:
      `The hub stopped while "${request.taskName}" was under way, and nobody can be asked how far the ` +
      `${NOUNS[kind]} came.`,
  });
}

/** The end of what was written to standard error says most. */
function lastWords(stderr: string): string {
  const text = stderr.trim();
  return text.length <= LAST_WORDS_MAX ? text : `... ${text.slice(-LAST_WORDS_MAX)}`;
}

const LAST_WORDS_MAX = 500;

function cut(text: string): string {
  const max = LIMITS.errorReplyBytesMax / 4;
  return text.length <= max ? text : `${text.slice(0, max)}...`;
}

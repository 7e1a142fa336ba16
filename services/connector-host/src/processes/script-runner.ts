import type { CallOutcome, CallRequest, HttpCall, ScriptCall } from '@tutti/contracts';
import type { Failure } from '../calls/outcomes.js';
import type { PlainHttpCalls } from '../calls/plain-http-call.js';
import { LIMITS } from '../limits.js';
import { interrupted, notConfigured, overLimit, processLate, scriptOutcome } from './process-outcome.js';
import type { ScriptJob } from './script-job.js';
import { ScriptPool } from './script-pool.js';

/** Performs `run: script`: fetches the code where it is elsewhere, and runs it in a sandbox. */
export class ScriptRunner {
  readonly #http: PlainHttpCalls;
  readonly #pool = new ScriptPool();

  constructor(http: PlainHttpCalls) {
    this.#http = http;
  }

  async run(request: CallRequest, dueMs: number): Promise<CallOutcome> {
    const call = request.input as ScriptCall;
    if (call.language !== 'javascript')
      return notConfigured('script', `Scripts in ${String(call.language)} are not run here.`);
    const code = call.code ?? (await this.#fetched(request, dueMs));
    if (typeof code !== 'string') return code;
    const leftMs = Math.floor(dueMs - performance.now());
    if (leftMs < 1) return processLate(request, 'script');
    const result = await this.#pool.run(jobOf(call, code), leftMs);
    if (!('killed' in result)) return scriptOutcome(call.return, result);
    if (result.killed === 'closed') return interrupted(request, 'script');
    if (result.killed === 'deadline') return processLate(request, 'script');
    if (result.killed === 'cpu') return scriptOutcome(call.return, { ...NOTHING, ended: 'cpu' });
    return overLimit('script', `that of its worker thread: ${result.detail}`);
  }

  close(): Promise<void> {
    return this.#pool.close();
  }

  async #fetched(request: CallRequest, dueMs: number): Promise<string | Failure> {
    const { uri = '', authorization } = (request.input as ScriptCall).source ?? {};
    const timeoutMs = Math.max(1, Math.floor(dueMs - performance.now()));
    const input: HttpCall = {
      method: 'GET',
      uri,
      ...(typeof authorization === 'string' && { headers: { authorization } }),
      ...(typeof authorization === 'object' && { authentication: authorization }),
      output: 'raw',
      redirect: true,
    };
    const fetched = await this.#http.perform({ ...request, timeoutMs, effect: 'read', input });
    if (fetched.status === 'failed') return fetched;
    const { output } = fetched;
    const bytes = typeof output === 'string' ? Buffer.from(output, 'base64') : undefined;
    if (bytes !== undefined && bytes.length <= LIMITS.scriptBytesMax) return bytes.toString('utf8');
    return overLimit('script', `scriptBytesMax: its code is larger than ${LIMITS.scriptBytesMax / 1024} KiB`);
  }
}

const NOTHING = { code: 1, stdout: '', stderr: '' };

function jobOf(call: ScriptCall, code: string): ScriptJob {
  return {
    code,
    arguments: call.arguments,
    environment: call.environment,
    stdin: call.stdin ?? '',
    limits: {
      memoryBytes: LIMITS.scriptMemoryBytesMax,
      stackBytes: LIMITS.scriptStackBytesMax,
      cpuMs: LIMITS.scriptCpuMsMax,
      outputBytes: LIMITS.processOutputBytesMax,
    },
  };
}

import type {
  CallOutcome,
  CallRequest,
  ContainerCall,
  ProcessKind,
  ScriptCall,
  ShellCall,
} from '@tutti/contracts';
import type { FinishedSpan } from '@tutti/telemetry';
import { PlainHttpCalls } from '../calls/plain-http-call.js';
import { WaitingRoom } from '../gates/gate.js';
import { AddressGuard } from '../http/address-guard.js';
import { OriginPools } from '../http/origin-pools.js';
import { LIMITS } from '../limits.js';
import { ProcessCalls, type ProcessCallsParts } from '../processes/process-calls.js';
import { Processes } from '../processes/processes.js';
import { KnownSecrets } from '../redaction/known-secrets.js';
import { callRequest } from './requests.js';

const COMMON = { arguments: [], environment: {}, return: 'stdout' } as const;

/** Takes a call of a process as it comes over the bus, but for what a test does not care about. */
export class ProcessHost {
  /** Both are taken out of errors. In JSON a line break before `amed-canary` is spelt like the second. */
  static readonly SECRET = 'canary-secret-value';
  static readonly SECRET_WITH_N = 'named-canary';
  readonly spans: FinishedSpan[] = [];
  readonly #pools = new OriginPools(new AddressGuard({ blockPrivateAddresses: false }));
  readonly #calls: ProcessCalls;

  constructor(
    settings: Partial<
      Pick<ProcessCallsParts, 'allowProcesses' | 'allowContainers' | 'engine' | 'owner'>
    > = {},
  ) {
    const spans = { write: (span: FinishedSpan) => void this.spans.push(span) };
    const database = { query: () => Promise.resolve([]) };
    const secrets = new KnownSecrets();
    secrets.set('test', [ProcessHost.SECRET, ProcessHost.SECRET_WITH_N]);
    const room = new WaitingRoom(LIMITS.waitingCallsMax);
    this.#calls = new ProcessCalls({
      http: new PlainHttpCalls({ pools: this.#pools, spans, database }),
      spans,
      room,
      processes: new Processes(room),
      allowProcesses: true,
      allowContainers: true,
      engine: {},
      owner: { installation: 'tests', host: 'this' },
      redact: secrets.redactValue,
      ...settings,
    });
  }

  async close(): Promise<void> {
    await Promise.all([this.#calls.close(), this.#pools.close()]);
  }

  /** Clears up behind hosts that are not among these. */
  clearContainers(...living: string[]): void {
    this.#calls.clearContainers(() => Promise.resolve(new Set(living)));
  }

  script(call: Partial<ScriptCall>, about: Partial<CallRequest> = {}): Promise<CallOutcome> {
    return this.#perform('script', { language: 'javascript', ...COMMON, ...call }, about);
  }

  shell(call: Partial<ShellCall>, about: Partial<CallRequest> = {}): Promise<CallOutcome> {
    return this.#perform('shell', { command: 'true', ...COMMON, ...call }, { effect: 'write', ...about });
  }

  container(call: Partial<ContainerCall>, about: Partial<CallRequest> = {}): Promise<CallOutcome> {
    const input: ContainerCall = {
      image: 'alpine',
      ports: {},
      volumes: {},
      pullPolicy: 'ifNotPresent',
      cleanup: 'never',
      ...COMMON,
      arguments: [],
      ...call,
    };
    return this.#perform('container', input, { effect: 'write', ...about });
  }

  async #perform(kind: ProcessKind, input: unknown, about: Partial<CallRequest>): Promise<CallOutcome> {
    const request = callRequest({ target: { kind }, input, timeoutMs: 120_000, ...about });
    const outcome = await this.#calls.perform(request, kind, () => true);
    if (outcome === null) throw new Error('It did not begin.');
    return outcome;
  }
}

import { isClassifiedError } from '../errors.js';
import type { HttpDefaults, Reconciliation } from '../plugin.js';
import type { DatabasePort, FilesPort, LogPort } from '../ports.js';
import { testHttp } from '../testing/http-port.js';
import { OtherSystem, type Injection } from './other-system.js';
import {
  InputRefused,
  type ConformanceSubject,
  type Settings,
  type SubjectContext,
  type SubjectTriggerContext,
  type SubjectResult,
} from './subject.js';
import type { HookRequest } from '../trigger.js';
import type { ScriptedReply } from './table.js';

/** Why an attempt is cancelled. */
export const CANCELLED = 'The deadline of the suite is over.';

/** How one attempt ended. */
export type Ending =
  | { how: 'result'; value: SubjectResult }
  | { how: 'reconciled'; value: Reconciliation<unknown> }
  | { how: 'healthy' }
  /** What a trigger gave. */
  | { how: 'triggered'; value: unknown }
  /** Its input was refused before it ran. */
  | { how: 'refused'; error: Error }
  | { how: 'permanent' | 'transient' | 'defect'; error: Error }
  /** It did not end in time. */
  | { how: 'hung' };

/** One attempt with all that was seen of it. */
export interface Trial {
  ending: Ending;
  system: OtherSystem;
  /** Hosts that the plugin does not declare and wanted to call. */
  undeclared: readonly string[];
  /** What it told of its output before that was there. */
  partials: readonly string[];
}

/** What an attempt is asked to do. */
export interface TrialRequest {
  action: 'run' | 'reconcile' | 'health' | 'trigger';
  /** Or the name of the trigger. */
  capability: string;
  /** What a trigger is given besides its ports. */
  trigger?: {
    options?: Record<string, unknown>;
    cursor?: unknown;
    sent?: HookRequest;
    emit?: (batch: unknown) => Promise<void>;
  };
  /** Requests beyond the replies are never answered, as those of a stream to which nothing happens. */
  goesOn?: boolean;
  input?: unknown;
  replies: readonly ScriptedReply[];
  injection?: Injection;
  /** Default: one that no other attempt has. */
  idempotencyKey?: string;
  /** Puts back first what attempts before it left behind. */
  fresh?: boolean;
}

export interface TrialParts {
  subject: ConformanceSubject;
  settings: Settings;
  reach: { hosts: readonly string[]; http: HttpDefaults | undefined };
  files: FilesPort;
  database: DatabasePort | undefined;
  prepare: () => Promise<void>;
  /** How long one attempt may take, and how long it may go on after it was cancelled. */
  attemptMsMax: number;
  cancelMsMax: number;
}

/** Something that a plugin said where others read it. */
export interface Spoken {
  where: string;
  text: string;
}

/** Makes attempts, and remembers what was logged and thrown in all of them. */
export class Trials {
  readonly spoken: Spoken[] = [];
  readonly #parts: TrialParts;
  #keys = 0;

  constructor(parts: TrialParts) {
    this.#parts = parts;
  }

  async attempt(request: TrialRequest): Promise<Trial> {
    if (request.fresh === true) await this.#parts.prepare();
    const controller = new AbortController();
    const trial = this.#begin(request, controller.signal);
    const ending = await settled(trial.ending, this.#parts.attemptMsMax);
    if (ending.how === 'hung') controller.abort(new DOMException('The suite goes on.', 'TimeoutError'));
    return this.#heard(request, { ...trial, ending });
  }

  /** Cancels the attempt as soon as its first request is under way, or at once when it makes none. */
  async cancelled(request: TrialRequest, makesRequests: boolean): Promise<Trial> {
    await this.#parts.prepare();
    const controller = new AbortController();
    const { ending, ...trial } = this.#begin(
      { ...request, ...(makesRequests && { injection: { at: 0, fault: 'hang' } }) },
      controller.signal,
    );
    const underWay = Promise.race([trial.system.hanging, ending]);
    if (makesRequests) await settled(underWay, this.#parts.attemptMsMax);
    controller.abort(new DOMException(CANCELLED, 'TimeoutError'));
    return this.#heard(request, { ...trial, ending: await settled(ending, this.#parts.cancelMsMax) });
  }

  /** A stream until it waits for what no reply tells, or ends by itself; to be ended then is no failure. */
  async streamed(request: TrialRequest): Promise<Trial> {
    const controller = new AbortController();
    const { ending, ...trial } = this.#begin({ ...request, goesOn: true }, controller.signal);
    await settled(Promise.race([trial.system.hanging, ending]), this.#parts.attemptMsMax);
    let isOver = false;
    void ending.then(() => (isOver = true));
    await Promise.resolve();
    controller.abort(new DOMException(CANCELLED, 'TimeoutError'));
    const end = await settled(ending, this.#parts.cancelMsMax);
    const value: Ending = { how: 'triggered', value: null };
    return this.#heard(request, { ...trial, ending: isOver || end.how === 'hung' ? end : value });
  }

  #begin(request: TrialRequest, signal: AbortSignal) {
    const { reach, settings, files, database } = this.#parts;
    const system = new OtherSystem(request);
    const trial = { system, undeclared: [] as string[], partials: [] as string[] };
    const http = testHttp({
      hosts: reach.hosts,
      defaults: reach.http,
      signal,
      files,
      fetch: system.fetch,
      undeclared: (host) => trial.undeclared.push(host),
    });
    const { input, idempotencyKey = `conformance-key-${(this.#keys += 1)}` } = request;
    const context: SubjectContext = {
      input,
      settings,
      http,
      files,
      database,
      signal,
      idempotencyKey,
      mayHaveHappened: () => undefined,
      partial: (text) => trial.partials.push(text),
      callback: () => Promise.resolve('https://hub.example/v1/callbacks/conformance'),
      log: this.#log(request),
    };
    return { ...trial, ending: this.#perform(request, context).catch(endingOf) };
  }

  async #perform(request: TrialRequest, context: SubjectContext): Promise<Ending> {
    const { action, capability } = request;
    const { subject } = this.#parts;
    switch (action) {
      case 'run':
        return { how: 'result', value: await subject.run(capability, context) };
      case 'reconcile':
        return { how: 'reconciled', value: await subject.reconcile(capability, context) };
      case 'health':
        await subject.health(context);
        return { how: 'healthy' };
      case 'trigger':
        return {
          how: 'triggered',
          value: await subject.trigger(capability, triggerContext(request, context)),
        };
    }
  }

  #heard(request: TrialRequest, trial: Trial): Trial {
    const { ending } = trial;
    if (!('error' in ending)) return trial;
    const { error } = ending;
    const where = `an error of ${request.capability}`;
    this.spoken.push({ where, text: `${error.message}\n${error.stack ?? ''}` });
    if (isClassifiedError(error) && error.reply !== undefined)
      this.spoken.push({ where, text: textOf(error.reply) });
    return trial;
  }

  #log({ capability }: TrialRequest): LogPort {
    const say = (message: string, fields?: Record<string, unknown>) => {
      this.spoken.push({ where: `the log of ${capability}`, text: `${message} ${textOf(fields ?? {})}` });
    };
    return { debug: say, info: say, warn: say, error: say };
  }
}

const NO_REQUEST: HookRequest = { method: 'POST', headers: {}, query: {}, text: '', body: new Uint8Array() };

function triggerContext(
  { trigger: { options = {}, cursor = null, sent = NO_REQUEST, emit } = {} }: TrialRequest,
  { settings, http, database, signal, log }: SubjectContext,
): SubjectTriggerContext {
  const nowhere = () => Promise.resolve();
  return { settings, http, database, signal, log, options, cursor, ...sent, emit: emit ?? nowhere };
}

function endingOf(error: unknown): Ending {
  if (error instanceof InputRefused) return { how: 'refused', error };
  if (isClassifiedError(error)) return { how: error.fate, error };
  return { how: 'defect', error: error instanceof Error ? error : new Error(`Thrown: ${String(error)}`) };
}

/** What came in time; the clock only ends what would go on for ever. */
async function settled<T>(work: Promise<T>, msMax: number): Promise<T | { how: 'hung' }> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<{ how: 'hung' }>((resolve) => {
    timer = setTimeout(() => resolve({ how: 'hung' }), msMax);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function textOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? '';
  } catch {
    return String(value);
  }
}

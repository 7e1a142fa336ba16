import type { Duplex } from 'node:stream';
import { inspect } from 'node:util';
import { WORKFLOW_ERROR_BASE } from '@tutti/contracts';
import type { Plugin, PluginErrorDetails, PluginFinding } from '@tutti/plugin-sdk';
import {
  PermanentError,
  capabilityOf,
  describePlugin,
  hostsOf,
  signInOf,
  secretSettings,
  verifyPlugin,
} from '@tutti/plugin-sdk';
import { z } from 'zod';
import { issuesOf, tellIssues } from '../validation/issues.js';
import { GuestCall, GuestPorts } from './guest-ports.js';
import { performTrigger } from './guest-trigger.js';
import {
  INPUT_REFUSED,
  type HostMessage,
  type Opened,
  type Ran,
  type Ready,
  type TriggerTraits,
  type Work,
} from './messages.js';
import { Pipe } from './pipe.js';
import { tellError } from './told-error.js';

/** Lines in one second; what is above is counted and dropped here, so that the host need not. */
const LINES_PER_SECOND_MAX = 100;
/** Of a process in all: who goes on after so many is known. */
const REFUSALS_TOLD_MAX = 500;
const TEXT_LENGTH_MAX = 4_096;

/** The plugin in its own process, as its host speaks with it. */
export class Guest {
  readonly #pipe: Pipe;
  readonly #ports: GuestPorts;
  readonly #calls = new Map<number, GuestCall>();
  readonly #settings = new Map<number, Record<string, unknown>>();
  #plugin: Plugin | undefined;
  #refusals = 0;
  #lines = { second: 0, said: 0, dropped: 0 };

  constructor(stream: Duplex, end: (code: number) => void) {
    this.#pipe = new Pipe(stream, {
      message: (message) => this.#take(message as HostMessage),
      broken: () => end(0),
    });
    this.#ports = new GuestPorts((message) => this.#pipe.send(message));
  }

  /** Loads the plugin and tells the host what it is, or why it cannot be used. */
  async load(module: string): Promise<void> {
    try {
      const loaded = (await import(module)) as { default?: unknown };
      const findings = [...verifyPlugin(loaded.default), ...unsupportedFindings(loaded.default)];
      if (findings.length > 0) {
        const told = findings.map(({ place, message }) => (place ? `${place}: ${message}` : message));
        return this.#pipe.send({ kind: 'unfit', error: told.join('\n') });
      }
      this.#plugin = loaded.default as Plugin;
      this.#pipe.send({ kind: 'ready', ready: readyOf(this.#plugin) });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#pipe.send({ kind: 'unfit', error: `The plugin's module ${module} cannot be loaded: ${message}` });
    }
  }

  refused(what: string): void {
    this.#refusals += 1;
    if (this.#refusals <= REFUSALS_TOLD_MAX) this.#pipe.send({ kind: 'refused', what: what.slice(0, 200) });
  }

  /** A line that belongs to no call. */
  say(level: 'debug' | 'info' | 'warn' | 'error', values: readonly unknown[]): void {
    const text = values.map((value) => (typeof value === 'string' ? value : inspect(value, { depth: 3 })));
    this.#log(0, level, text.join(' '));
  }

  /** An error that nobody waited for. */
  stray(error: unknown): void {
    const { message, stack } = tellError(error);
    this.#log(0, 'error', `An error that nobody waited for: ${stack ?? message}`);
  }

  #take(message: HostMessage): void {
    switch (message.kind) {
      case 'call':
        return void this.#perform(message.call, message.work);
      case 'cancel':
        return this.#calls.get(message.call)?.cancel(message.why);
      case 'answer':
        return this.#ports.answered(message.ask, message.value);
      case 'no':
        return this.#ports.denied(message.ask, message.error);
      case 'ping':
        return this.#pipe.send({ kind: 'pong' });
    }
  }

  async #perform(id: number, work: Work): Promise<void> {
    const call = new GuestCall((text) => this.#pipe.send({ kind: 'partial', call: id, text }));
    this.#calls.set(id, call);
    try {
      this.#pipe.send({ kind: 'ended', call: id, value: await this.#do(id, call, work) });
    } catch (error) {
      this.#pipe.send({ kind: 'failed', call: id, error: tellError(error) });
    } finally {
      this.#calls.delete(id);
      call.partial.end();
      this.#ports.forget(id);
    }
  }

  async #do(id: number, call: GuestCall, work: Work): Promise<unknown> {
    const plugin = this.#plugin;
    if (plugin === undefined) throw new Error('The plugin is not loaded.');
    if (work.action === 'open') return this.#open(plugin, work.connection, work.settings);
    const settings = this.#settings.get(work.connection);
    if (settings === undefined) throw new Error('The connection is not open.');
    const context = {
      settings,
      ...this.#ports.of(id),
      database: undefined,
      signal: call.signal,
      log: this.#logOf(id),
    };
    if (work.action === 'trigger')
      return performTrigger(plugin, work, { context, emit: this.#ports.emitterOf(id) });
    if (work.action === 'health') return (await plugin.health?.(context)) ?? null;
    if (work.action === 'find') return (await plugin.discovery?.find(context)) ?? [];
    const { idempotencyKey } = work;
    // Whatever leaves this process goes through the host, which sees it.
    const mayHaveHappened = () => undefined;
    const attemptOf = (input: unknown) => ({
      ...context,
      input,
      idempotencyKey,
      mayHaveHappened,
      partial: call.partial.add,
      callback: () => Promise.reject(new Error(NOT_LATER)),
    });
    // The host has checked the input.
    if (work.action === 'run-found')
      return plugin.discovery?.run({ ...attemptOf(work.input), capability: work.found });
    const capability = capabilityOf(plugin, work.capability);
    const input = checked(capability.input, work.input, INPUT);
    const attempt = attemptOf(input);
    const assessed = (value: unknown): Ran => {
      const output = checked(capability.output, value, OUTPUT);
      const ran: Ran = { output, usage: capability.cost?.({ input, output, settings }) };
      if (capability.confidence !== undefined) ran.confidence = capability.confidence(output) ?? null;
      return ran;
    };
    if (work.action === 'run') return assessed(await capability.run(attempt));
    const found = (await capability.reconcile?.(attempt)) ?? { happened: 'unknown' as const };
    return found.happened === true ? { happened: true, ...assessed(found.output) } : found;
  }

  #open(plugin: Plugin, connection: number, marked: Record<string, unknown>): Opened {
    const parsed = withAnySecret(plugin).safeParse(marked);
    if (!parsed.success)
      throw new PermanentError(`The settings are not valid. ${tellIssues(issuesOf(parsed.error))}`);
    const settings = parsed.data as Record<string, unknown>;
    const opened: Opened = {
      hosts: hostsOf(plugin, settings),
      http: plugin.http?.(settings),
      auth: signInOf(plugin.auth, settings),
    };
    this.#settings.set(connection, settings);
    return opened;
  }

  #logOf(call: number) {
    const at =
      (level: 'debug' | 'info' | 'warn' | 'error') => (message: string, fields?: Record<string, unknown>) => {
        this.#log(call, level, String(message), fields);
      };
    return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  }

  #log(
    call: number,
    level: 'debug' | 'info' | 'warn' | 'error',
    text: string,
    fields?: Record<string, unknown>,
  ): void {
    const second = Math.floor(performance.now() / 1_000);
    if (second !== this.#lines.second) {
      const { dropped } = this.#lines;
      this.#lines = { second, said: 0, dropped: 0 };
      if (dropped > 0)
        this.#log(0, 'warn', `${dropped} lines of the log were dropped: too many in one second.`);
    }
    this.#lines.said += 1;
    if (this.#lines.said > LINES_PER_SECOND_MAX) {
      this.#lines.dropped += 1;
      return;
    }
    const message = text.slice(0, TEXT_LENGTH_MAX);
    this.#pipe.send({ kind: 'log', call, level, message, ...boundedFields(fields) });
  }
}

const NOT_LATER = 'A plugin in a process of its own cannot be answered later yet: leave "resume" out.';

/** What the pipe does not carry yet. */
function unsupportedFindings(candidate: unknown): PluginFinding[] {
  const { session, capabilities } = (candidate ?? {}) as Partial<Plugin>;
  const later = Object.entries(capabilities ?? {}).filter(([, one]) => 'resume' in one);
  const findings = later.map(([name]) => ({ place: `capabilities/${name}/resume`, message: NOT_LATER }));
  if (session === undefined) return findings;
  const message =
    'A plugin in a process of its own cannot declare a session yet: use http.headers or http.basicAuth.';
  return [...findings, { place: 'session', message }];
}

function readyOf(plugin: Plugin): Ready {
  const traits = Object.entries(plugin.capabilities).map(([name, { concurrency, rateLimit }]) => [
    name,
    { concurrency, rateLimit },
  ]);
  return {
    description: describePlugin(plugin),
    secretNames: secretSettings(plugin),
    hasHealth: plugin.health !== undefined,
    traits: Object.fromEntries(traits) as Ready['traits'],
    triggers: triggerTraits(plugin),
  };
}

function triggerTraits({ triggers = {} }: Plugin): Ready['triggers'] {
  const told = Object.entries(triggers).map(([name, trigger]): [string, TriggerTraits] => {
    if (trigger.kind !== 'webhook') return [name, { subscribes: false, unsubscribes: false }];
    const has = (part: 'subscribe' | 'unsubscribe') => typeof trigger[part] === 'function';
    const { verify } = trigger;
    return [name, { verify, subscribes: has('subscribe'), unsubscribes: has('unsubscribe') }];
  });
  return Object.fromEntries(told);
}

/** The settings with marks in the place of secrets, which no rule for the secrets themselves fits. */
function withAnySecret({ settings }: Plugin): z.ZodObject {
  const names = secretSettings({ settings });
  if (names.length === 0) return settings;
  const shape = settings.shape as Record<string, z.ZodType>;
  const any = names.map((name) => {
    const absent = shape[name]?.safeParse(undefined);
    if (absent?.success !== true) return [name, z.string()];
    return [name, typeof absent.data === 'string' ? z.string().default(absent.data) : z.string().optional()];
  });
  return settings.safeExtend(Object.fromEntries(any) as Record<string, z.ZodString>);
}

interface Side {
  title: string;
  details: PluginErrorDetails;
}
const VALIDATION = `${WORKFLOW_ERROR_BASE}validation`;
const INPUT: Side = {
  title: INPUT_REFUSED,
  details: { type: VALIDATION, status: 400 },
};
const OUTPUT: Side = {
  title: 'The output breaks the schema of the capability',
  details: { type: VALIDATION, status: 502, reason: 'invalid-output' },
};

function checked(schema: z.ZodType, value: unknown, side: Side): unknown {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new PermanentError(`${side.title}: ${tellIssues(issuesOf(parsed.error))}`, side.details);
}

function boundedFields(fields: Record<string, unknown> | undefined): { fields?: Record<string, unknown> } {
  if (fields === undefined) return {};
  try {
    const text = JSON.stringify(fields);
    return text.length <= TEXT_LENGTH_MAX ? { fields } : { fields: { cut: text.slice(0, TEXT_LENGTH_MAX) } };
  } catch {
    // A log line must never be the reason why a call fails.
    return { fields: { cut: '(fields that are no JSON)' } };
  }
}

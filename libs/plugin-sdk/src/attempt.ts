import type { FoundCapability } from '@tutti/contracts';
import { z } from 'zod';
import { PermanentError } from './errors.js';
import { isLater, type LaterCall } from './later.js';
import type { Capability, Plugin, Reconciliation, RunContext } from './plugin.js';
import type { DatabasePort, LogPort } from './ports.js';

/** Everything an attempt needs besides input and settings, as the host or a plugin's test has it. */
export type AttemptPorts = Partial<
  Omit<RunContext<unknown, Record<string, unknown>, DatabasePort | undefined>, 'input'>
>;

/** The capability, or a `PermanentError` that names it. */
export function capabilityOf(plugin: Plugin, name: string): Capability {
  const capability = Object.hasOwn(plugin.capabilities, name) ? plugin.capabilities[name] : undefined;
  if (capability !== undefined) return capability;
  throw new PermanentError(`Plugin "${plugin.name}" has no capability "${name}".`, { status: 404 });
}

/**
 * One attempt as the host makes it, for a plugin's own tests: input and output pass through the schemas;
 * ports that are not given refuse to work. Gives the output; throws what the capability throws, or a
 * `ZodError`.
 */
export async function attemptCapability(
  plugin: Plugin,
  name: string,
  attempt: { input: unknown; settings?: Record<string, unknown> } & AttemptPorts,
): Promise<unknown> {
  const capability = capabilityOf(plugin, name);
  return checkedOutput(capability, await capability.run(contextOf(plugin, capability, attempt)));
}

/** As `attemptCapability`, but goes on with a call for which an earlier attempt gave `later(...)`. */
export async function resumeCapability(
  plugin: Plugin,
  name: string,
  {
    later,
    ...attempt
  }: { input: unknown; settings?: Record<string, unknown>; later: LaterCall } & AttemptPorts,
): Promise<unknown> {
  const capability = capabilityOf(plugin, name);
  return checkedOutput(
    capability,
    await capability.resume?.({ ...contextOf(plugin, capability, attempt), later }),
  );
}

function checkedOutput(capability: Capability, output: unknown): unknown {
  return isLater(output) ? output : z.parse(capability.output, output);
}

/** As `attemptCapability`, but asks whether an earlier attempt with the same key took effect. */
export async function reconcileCapability(
  plugin: Plugin,
  name: string,
  attempt: { input: unknown; settings?: Record<string, unknown> } & AttemptPorts,
): Promise<Reconciliation<unknown>> {
  const capability = capabilityOf(plugin, name);
  if (capability.reconcile === undefined) return { happened: 'unknown' };
  const found = await capability.reconcile(contextOf(plugin, capability, attempt));
  return found.happened === true ? { ...found, output: z.parse(capability.output, found.output) } : found;
}

/** One attempt of what a connection found, for a plugin's own tests. The host checks input and output. */
export async function attemptFound(
  plugin: Plugin,
  capability: FoundCapability,
  attempt: { input: unknown; settings?: Record<string, unknown> } & AttemptPorts,
): Promise<unknown> {
  const context = contextOf(plugin, { input: z.unknown() }, attempt);
  return plugin.discovery?.run({ ...context, capability });
}

function contextOf(
  plugin: Plugin,
  capability: Pick<Capability, 'input'>,
  attempt: { input: unknown; settings?: Record<string, unknown> } & AttemptPorts,
): RunContext<unknown, Record<string, unknown>, DatabasePort | undefined> {
  return {
    ...refusingPorts(),
    ...attempt,
    input: capability.input.parse(attempt.input),
    settings: plugin.settings.parse(attempt.settings ?? {}) as Record<string, unknown>,
  };
}

/** Refuses when it is read, as a stream does. */
// eslint-disable-next-line require-yield
async function* refusedStream(): AsyncGenerator<never> {
  await Promise.reject(new Error('The test gave no http port.'));
}

const silent = () => undefined;
/** A log that nobody reads. */
export const SILENT_LOG: LogPort = { debug: silent, info: silent, warn: silent, error: silent };

function refusingPorts(): Omit<RunContext<unknown, unknown, undefined>, 'input' | 'settings'> {
  const refuse = (port: string) => () => Promise.reject(new Error(`The test gave no ${port} port.`));
  const http = refuse('http');
  return {
    http: { get: http, head: http, post: http, put: http, patch: http, delete: http, stream: refusedStream },
    files: { read: refuse('files'), write: refuse('files') },
    database: undefined,
    signal: new AbortController().signal,
    idempotencyKey: 'test-key',
    mayHaveHappened: silent,
    partial: silent,
    callback: refuse('callback'),
    log: SILENT_LOG,
  };
}

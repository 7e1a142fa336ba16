import { type Effect, type Finding, PROTOCOL_KINDS } from '@tutti/contracts';
import { taskHints } from '../hints.js';
import { isObject, property, warning, type LintedDocument, type LintTask } from './walk.js';

/** A plugin that cannot be called, and why: `name version is ...`, `what to do`. */
export interface StoppedPlugin {
  name: string;
  version: string;
  why: string;
  fix: string;
}

/** What a hub knows of a capability that one of its plugins has. */
export interface CapabilityFacts {
  /** An enabled connection offers it. */
  connected: boolean;
  /** The plugins that have it and are loaded. */
  plugins: readonly string[];
  /** Plugins that have it, or would have it, but do not work. */
  stopped?: readonly StoppedPlugin[];
  /** The most harmful effect among the connections that offer it. */
  effect: Effect;
  /** Its routing policy gives every candidate a timeout. */
  timed: boolean;
  /** Its routing policy (or the lack of one) has another candidate, or a person, when the first fails. */
  fallback: boolean;
}

/** By name of the capability; absent: not known, so that only what the document says counts. */
export type CapabilityKnowledge = ReadonlyMap<string, CapabilityFacts>;

const DEFAULT_CATALOG = /^([A-Za-z0-9][\w.-]*):[\d.]+@default$/;
const PROTOCOLS = new Set<string>(['http', 'openapi', ...PROTOCOL_KINDS]);
const DEPTH_MAX = 8;
const NAMES_MAX = 4;

/** A call as far as the two checks care. */
interface ExternalCall {
  /** In words: `call: http`, `the capability erp.payment.create`. */
  what: string;
  timed: boolean;
  caught: boolean;
  write: boolean;
}

/** Calls without a timeout, and calls that write without anybody to take their failure. */
export function callFindings(linted: LintedDocument, known: CapabilityKnowledge = new Map()): Finding[] {
  const functions = linted.document.use?.functions ?? {};
  const sites = linted.tasks
    .filter(({ section, kind }) => section !== 'function' && (kind === 'call' || kind === 'run'))
    .map((task) => ({ task, calls: externalCalls(task, { functions, known, depth: 0 }) }));
  return [...noTimeout(sites), ...sites.flatMap(noCatch)];
}

interface Site {
  task: LintTask;
  calls: ExternalCall[];
}

interface Search {
  functions: Record<string, Record<string, unknown>>;
  known: CapabilityKnowledge;
  depth: number;
}
type CallSite = Pick<LintTask, 'definition' | 'timed' | 'caught'>;

/** The calls that a task makes: its own, or those of the function that it names. */
function externalCalls({ definition, timed, caught }: CallSite, search: Search): ExternalCall[] {
  if (definition.run !== undefined) return startedBy({ definition, timed, caught });
  const call = String(definition.call);
  const write = taskHints(definition).effect === 'write';
  if (PROTOCOLS.has(call)) {
    const ends =
      timed ||
      property(definition.with, 'timeout') !== undefined ||
      property(property(definition.with, 'subscription'), 'consume') !== undefined;
    return [{ what: `call: ${call}`, timed: ends, caught, write }];
  }
  const capability = DEFAULT_CATALOG.exec(call)?.[1];
  if (capability === 'human.review') return [];
  if (capability !== undefined) {
    const facts = search.known.get(capability);
    return [
      {
        what: `the capability ${capability}`,
        timed: timed || facts?.timed === true,
        caught: caught || facts?.fallback === true,
        write: write || facts?.effect === 'write',
      },
    ];
  }
  const body = Object.hasOwn(search.functions, call) ? search.functions[call] : undefined;
  if (body === undefined || search.depth >= DEPTH_MAX) return [];
  return callsInside(body, { timed, caught }, { ...search, depth: search.depth + 1 });
}

/** A command or container; what a script or another workflow does is looked at elsewhere. */
function startedBy({ definition, timed, caught }: CallSite): ExternalCall[] {
  const kind = ['shell', 'container'].find((name) => property(definition.run, name) !== undefined);
  if (kind === undefined) return [];
  const write = (taskHints(definition).effect ?? 'write') === 'write';
  return [{ what: `run: ${kind}`, timed, caught, write }];
}

/** The calls of a function's body, which may be a list of tasks. */
function callsInside(
  value: unknown,
  around: { timed: boolean; caught: boolean },
  search: Search,
): ExternalCall[] {
  if (Array.isArray(value)) return value.flatMap((item) => callsInside(item, around, search));
  if (!isObject(value)) return [];
  const timed = around.timed || value.timeout !== undefined;
  if (typeof value.call === 'string' || isObject(value.run)) {
    return externalCalls({ definition: value, timed, caught: around.caught }, search);
  }
  return Object.entries(value).flatMap(([key, inner]) =>
    callsInside(inner, { timed, caught: around.caught || key === 'try' }, search),
  );
}

/** Told once, at the first call: one timeout for the document mends them all. */
function noTimeout(sites: readonly Site[]): Finding[] {
  const untimed = sites.flatMap(({ task, calls }) => {
    const call = calls.find(({ timed }) => !timed);
    return call === undefined ? [] : [{ task, call }];
  });
  const [first, ...others] = untimed;
  if (first === undefined) return [];
  const more = others.slice(0, NAMES_MAX).map(({ task }) => `"${task.name}"`);
  const rest = others.length > NAMES_MAX ? ` and ${others.length - NAMES_MAX} more` : '';
  const also = others.length === 0 ? '' : `; nor for ${more.join(', ')}${rest}`;
  const message = `Nothing says how long "${first.task.name}" may take (${first.call.what})${also}`;
  const fix =
    'Add `timeout: { after: { minutes: 5 } }` at the top of the document or to each task, or a timeout to the ' +
    'routing policy.';
  return [warning('no-timeout', first.task.pointer, { message, fix })];
}

function noCatch({ task, calls }: Site): Finding[] {
  const call = calls.find(({ write, caught }) => write && !caught);
  if (call === undefined) return [];
  const message = `"${task.name}" writes (${call.what}), and nothing takes over when it fails half-way`;
  const fix =
    'Put it into the `try` of a task with a `catch`, or give its routing policy a second candidate or ' +
    '`exhausted: review`.';
  return [warning('write-without-catch', task.pointer, { message, fix })];
}

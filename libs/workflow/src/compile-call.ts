import { methodEffect, PROTOCOL_KINDS, type ProtocolKind } from '@tutti/contracts';
import type {
  CapabilityTask,
  CompiledTask,
  CompiledTemplate,
  FunctionTask,
  HttpTask,
} from './compiled.types.js';
import { EXTENSION_FUNCTIONS, inside, START } from './compilation.js';
import { compileA2a } from './compile-a2a.js';
import { compileAsyncApi } from './compile-asyncapi.js';
import { compileAuthorization } from './compile-authorization.js';
import { compileEndpoint } from './compile-endpoint.js';
import { compileGrpc } from './compile-grpc.js';
import { compileMcp } from './compile-mcp.js';
import { compileOpenApi } from './compile-openapi.js';
import { catalogAddress, remoteFunction } from './functions/function-address.js';
import { pointerToken } from './pointer.js';
import { taskHints } from './hints.js';
import { emptyTask, unsupported, type TaskJob } from './task-job.js';

/** Protocols beside HTTP. */
const PROTOCOLS: Readonly<Record<ProtocolKind, (job: TaskJob) => CompiledTask>> = {
  mcp: compileMcp,
  grpc: compileGrpc,
  a2a: compileA2a,
  asyncapi: compileAsyncApi,
};
const DEFAULT_CATALOG = /^([A-Za-z0-9][\w.-]*):(\d+(?:\.\d+){0,2})@default$/;
/** The capability that asks a person; it needs no connection. */
export const REVIEW_CAPABILITY = 'human.review';

/**
 * Compiles `call`: plain HTTP, an OpenAPI operation, a server of another protocol, a function under
 * `use.functions` (where fetched ones are too), or a capability of the default catalog.
 */
export function compileCall(job: TaskJob): CompiledTask {
  const call = job.definition.call as string;
  if (call === 'http') return compileHttp(job);
  if (call === 'openapi') return compileOpenApi(job);
  const protocol = PROTOCOL_KINDS.find((kind) => kind === call);
  if (protocol !== undefined) return PROTOCOLS[protocol](job);
  const { functions = {}, catalogs = {} } = job.compilation.use;
  if (Object.hasOwn(functions, call)) return compileFunction(job, call);
  const catalogued = Object.hasOwn(catalogs, 'default') ? null : DEFAULT_CATALOG.exec(call);
  if (catalogued !== null) return compileCapability(job, catalogued[1] as string, catalogued[2] as string);
  return compileRemote(job, call);
}

/** A function that is not in the document: it was to be fetched, or there is none. */
function compileRemote(job: TaskJob, call: string): CompiledTask {
  const remote = remoteFunction(call);
  const { compilation, common } = job;
  const pointer = `${job.place.pointer}/call`;
  const isDefault = remote?.kind === 'catalog' && remote.catalog === 'default';
  if (remote === undefined || (isDefault && !Object.hasOwn(compilation.use.catalogs ?? {}, 'default')))
    return unknownFunction(job, call);
  if (remote.kind === 'catalog') {
    const where = { kind: 'catalog', pointer };
    const catalog = compilation.named(compilation.use.catalogs, remote.catalog, where);
    if (catalog === undefined) return emptyTask(common);
    const found = catalogAddress(catalog, remote.path);
    if ('problem' in found) return unsupported(job, found.problem);
  }
  if (!compilation.unfetched) {
    compilation.error('unknown-function', pointer, `The function "${call}" was not fetched`);
    compilation.fix('Apply the document again: the hub fetches functions when a document is applied.');
  }
  return emptyTask(common);
}

function unknownFunction(job: TaskJob, call: string): CompiledTask {
  if (/^[a-z+]+:\/\//i.test(call))
    return unsupported(job, 'Functions by address are read over http or https; others are not supported');
  const pointer = `${job.place.pointer}/call`;
  job.compilation.error('unknown-function', pointer, `There is no function "${call}"`);
  job.compilation.fix('Call a capability as name:1@default, or define the function under use.functions.');
  return emptyTask(job.common);
}

function withTemplate(job: TaskJob): CompiledTemplate {
  return job.compilation.template(job.definition.with ?? {}, inside(job.place, 'with'));
}

function compileCapability(job: TaskJob, capability: string, version: string): CompiledTask {
  if (capability === REVIEW_CAPABILITY) return { ...job.common, type: 'review', with: withTemplate(job) };
  const known = job.compilation.capabilities;
  if (!known.has(capability)) known.set(capability, job.place.pointer);
  const task: CapabilityTask = {
    ...job.common,
    type: 'call',
    target: { kind: 'capability', capability, version },
    with: withTemplate(job),
  };
  return task;
}

function compileFunction(job: TaskJob, name: string): CompiledTask {
  if (job.place.functions.includes(name)) {
    return unsupported(
      job,
      `The function "${name}" calls itself (${[...job.place.functions, name].join(' > ')})`,
    );
  }
  const { compilation, place } = job;
  const definition = compilation.use.functions?.[name];
  const { extending = false } = place;
  // Tasks are known by pointer, and a function has other ones where an extension calls it.
  const pointer = `${extending ? EXTENSION_FUNCTIONS : '/use/functions'}/${pointerToken(name)}`;
  const functions = [...place.functions, name];
  const at = { ...START, pointer, depth: place.depth + 1, functions, extending };
  const body =
    compilation.functions.get(pointer) ??
    job.nested.task(definition ?? {}, { place: at, name, index: 0, resolve: () => 'continue' });
  compilation.functions.set(pointer, body);
  const call: FunctionTask = { ...job.common, type: 'function', task: body };
  return job.definition.with === undefined ? call : { ...call, with: withTemplate(job) };
}

interface HttpDefinition {
  method: string;
  endpoint: unknown;
  headers?: unknown;
  body?: unknown;
  query?: unknown;
  output?: 'content' | 'response' | 'raw';
  redirect?: boolean;
}

function compileHttp(job: TaskJob): HttpTask {
  const definition = job.definition.with as HttpDefinition;
  const method = definition.method.toUpperCase();
  const { compilation } = job;
  const place = inside(job.place, 'with');
  const optional = (key: 'headers' | 'query' | 'body') =>
    definition[key] === undefined ? {} : { [key]: compilation.template(definition[key], inside(place, key)) };
  const authorization = compileAuthorization(compilation, definition.endpoint, inside(place, 'endpoint'));
  return {
    ...job.common,
    type: 'call',
    target: { kind: 'http' },
    request: {
      method,
      effect: taskHints(job.definition).effect ?? methodEffect(method),
      endpoint: compileEndpoint(job.compilation, definition.endpoint, inside(place, 'endpoint')),
      ...optional('headers'),
      ...optional('query'),
      ...optional('body'),
      ...(authorization && { authorization }),
      output: definition.output ?? 'content',
      redirect: definition.redirect ?? false,
    },
  };
}

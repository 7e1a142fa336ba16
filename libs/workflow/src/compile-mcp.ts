import { objectOf, recordIn, textIn, textListIn, textsIn } from './call-template.js';
import { inside, type Place } from './compilation.js';
import { compileDocument, MCP_SERVER } from './compile-document.js';
import type { CompiledTemplate, ProtocolTask } from './compiled.types.js';
import { taskHints } from './hints.js';
import type { TaskJob } from './task-job.js';
import { constantTemplate } from './template.js';

/** The revisions of MCP that the hub speaks, the oldest first. */
const VERSIONS = ['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25', '2026-07-28'];
/** As the DSL reference has it. */
const DEFAULT_VERSION = '2025-06-18';

interface McpDefinition {
  protocolVersion?: string;
  method: string;
  parameters?: unknown;
  timeout?: unknown;
  transport: { http?: HttpTransport; stdio?: StdioTransport; options?: unknown };
  client?: unknown;
}
interface HttpTransport {
  endpoint: unknown;
  headers?: unknown;
}
interface StdioTransport {
  command: string;
  arguments?: unknown;
  environment?: unknown;
}

/** Compiles `call: mcp`. Only `tools/call` does something; the other methods read. */
export function compileMcp(job: TaskJob): ProtocolTask {
  const definition = job.definition.with as McpDefinition;
  const { compilation } = job;
  const place = inside(job.place, 'with');
  const { protocolVersion = DEFAULT_VERSION, method, parameters, timeout, client } = definition;
  checkVersion(job, protocolVersion, place);
  const call = objectOf({
    method: constantTemplate(method),
    parameters: recordIn(compilation.optional(parameters, inside(place, 'parameters')), 'The parameters'),
    protocolVersion: constantTemplate(protocolVersion),
    client: recordIn(compilation.optional(client, inside(place, 'client')), 'The client'),
    ...transportOf(job, definition, inside(place, 'transport')),
  });
  const effect = taskHints(job.definition).effect ?? (method === 'tools/call' ? 'idempotent-write' : 'read');
  return {
    ...job.common,
    type: 'call',
    target: { kind: 'mcp' },
    protocol: {
      call,
      effect,
      ...(timeout !== undefined && { timeout: compilation.duration(timeout, inside(place, 'timeout')) }),
    },
  };
}

function checkVersion({ compilation }: TaskJob, version: string, place: Place): void {
  if (VERSIONS.includes(version)) return;
  const { pointer } = inside(place, 'protocolVersion');
  compilation.error('unsupported', pointer, `The MCP version "${version}" is not supported`);
  compilation.fix(`Use one of ${VERSIONS.join(', ')}.`);
}

function transportOf(
  { compilation }: TaskJob,
  { transport: { http, stdio, options } }: McpDefinition,
  place: Place,
): Record<string, CompiledTemplate | undefined> {
  const inner = (path: string, value: unknown) => compilation.template(value, inside(place, path));
  if (options !== undefined)
    compilation.error(
      'unsupported',
      inside(place, 'options').pointer,
      'Options of a transport are not supported',
    );
  if (http === undefined) return { process: stdio && processOf(stdio, inner) };
  const at = inside(place, 'http/endpoint');
  const { uri, authorization } = compileDocument(compilation, http.endpoint, { place: at, kind: MCP_SERVER });
  return {
    uri: textIn(uri, 'The endpoint'),
    headers:
      http.headers === undefined ? undefined : textsIn(inner('http/headers', http.headers), 'The headers'),
    authorization,
  };
}

function processOf(
  stdio: StdioTransport,
  inner: (path: string, value: unknown) => CompiledTemplate,
): CompiledTemplate {
  return objectOf({
    command: textIn(inner('stdio/command', stdio.command), 'The command'),
    arguments: textListIn(inner('stdio/arguments', stdio.arguments ?? []), 'The arguments'),
    environment: textsIn(inner('stdio/environment', stdio.environment ?? {}), 'The environment'),
  });
}

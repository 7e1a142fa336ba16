import type { CallOutcome, CallRequest, McpCall } from '@tutti/contracts';
import { ATTR } from '@tutti/telemetry';
import type { Client, ClientOptions, Transport } from '@modelcontextprotocol/client';
import { z } from 'zod';
import type { Failure } from '../calls/outcomes.js';
import type { GuardedFetch } from '../http/guarded-fetch.js';
import type { ProgramSpec } from '../processes/process-group.js';
import { placeAt, type Processes } from '../processes/processes.js';
import type { ProtocolAttempt, ProtocolClient } from '../protocols/protocol-client.js';
import { notPossible } from '../protocols/protocol-outcomes.js';
import { mcpFailure, toolOutcome } from './mcp-outcomes.js';
import { ProcessTransport } from './process-transport.js';

type Sdk = typeof import('@modelcontextprotocol/client');

/** Key of `_meta` under which a server finds what all attempts of one call share. */
const IDEMPOTENCY_KEY = 'tutti/idempotency-key';
/** The first revision without `initialize`: a client asks for it by name, or does not get it. */
const STATELESS = '2026-07-28';
/** The hub hands on what the server says. */
const Result = z.looseObject({});

/** A connection to a server, for one call. */
interface Session {
  transport: Transport;
  /** Aborted when the connection broke. */
  signal: AbortSignal;
  /** What is known of the failures of the transport. */
  http?: GuardedFetch;
  /** What a process said on its standard error. */
  said?: () => Promise<string>;
  /** Ends the session on the server's side, as far as that has sessions. */
  farewell(): Promise<void>;
}

/**
 * Performs `call: mcp` with the protocol's own SDK. Each call is a session of its own: nothing that a server
 * remembers can leak from one run to another.
 */
export class McpCalls implements ProtocolClient {
  readonly name = 'MCP';
  readonly #processes: Processes;
  readonly #allowProcesses: boolean;

  constructor(parts: { processes: Processes; allowProcesses: boolean }) {
    this.#processes = parts.processes;
    this.#allowProcesses = parts.allowProcesses;
  }

  spanOf({ input }: CallRequest): { name: string; attributes: Record<string, string | number> } {
    const call = input as McpCall;
    const target = targetOf(call);
    const tool = call.method === 'tools/call' && target !== undefined;
    return {
      name:
        target === undefined || call.method === 'resources/read' ? call.method : `${call.method} ${target}`,
      attributes: {
        [ATTR.mcpMethod]: call.method,
        [ATTR.networkTransport]: call.process === undefined ? 'tcp' : 'pipe',
        ...(tool ? { [ATTR.genAiOperation]: 'execute_tool', [ATTR.genAiToolName]: target } : {}),
        ...(call.method === 'prompts/get' && target !== undefined ? { [ATTR.genAiPromptName]: target } : {}),
        ...(call.method === 'resources/read' && target !== undefined
          ? { [ATTR.mcpResourceUri]: target }
          : {}),
        ...(call.uri !== undefined && URL.canParse(call.uri) ? serverOf(new URL(call.uri)) : {}),
      },
    };
  }

  async perform(attempt: ProtocolAttempt): Promise<CallOutcome> {
    const call = attempt.request.input as McpCall;
    const refused = this.#refusalOf(call);
    if (refused !== null) return notPossible('The MCP server cannot be called', refused);
    const sdk = await import('@modelcontextprotocol/client');
    const session = await this.#sessionOf(attempt, { call, sdk });
    if ('fate' in session) return session;
    const client = new sdk.Client(call.client ?? { name: 'tutti', version: '1' }, optionsOf(call, sdk));
    const state = { asked: false };
    try {
      const result = await ask(client, { attempt, call, session, state });
      return call.method === 'tools/call'
        ? toolOutcome(attempt, result)
        : { status: 'succeeded', output: result };
    } catch (error) {
      return mcpFailure(error, {
        attempt,
        sdk,
        asked: state.asked,
        http: session.http,
        said: await session.said?.(),
      });
    } finally {
      void leave(client, session);
    }
  }

  /** A process needs a place first, which it has until it has ended. */
  async #sessionOf(
    attempt: ProtocolAttempt,
    { call, sdk }: { call: McpCall; sdk: Sdk },
  ): Promise<Session | Failure> {
    if (call.process === undefined) return remote(attempt, call);
    const { children, gate } = this.#processes;
    const kept = await placeAt(gate, attempt.request, performance.now() + attempt.remainingMs());
    if (kept !== null) return kept;
    const spec = await programOf(call.process);
    const transport = new ProcessTransport(sdk, () => children.open(spec));
    return {
      transport,
      signal: attempt.signal,
      said: () => transport.said(),
      farewell: () => transport.close().finally(() => gate.leave()),
    };
  }

  #refusalOf({ process, uri }: McpCall): string | null {
    if (process !== undefined)
      return this.#allowProcesses
        ? null
        : `"${process.command}" would have to be started on the connector host, which its operator has not ` +
            'allowed: start the hub with --allow-processes (TUTTI_ALLOW_PROCESSES=true), or use the http transport.';
    if (uri === undefined || !URL.canParse(uri)) return `"${uri}" is no address.`;
    const url = new URL(uri);
    return url.username === '' && url.password === ''
      ? null
      : 'An address must not hold a user and password: use the authentication of the endpoint.';
  }
}

async function ask(
  client: Client,
  of: { attempt: ProtocolAttempt; call: McpCall; session: Session; state: { asked: boolean } },
): Promise<Record<string, unknown>> {
  const { attempt, call, session, state } = of;
  const options = () => ({
    timeout: attempt.remainingMs(),
    maxTotalTimeout: attempt.remainingMs(),
    signal: session.signal,
  });
  await client.connect(session.transport, options());
  const version = client.getNegotiatedProtocolVersion();
  if (version !== undefined) attempt.span.set(ATTR.mcpProtocolVersion, version);
  if (session.transport.sessionId !== undefined)
    attempt.span.set(ATTR.mcpSessionId, session.transport.sessionId);
  state.asked = true;
  const request = { method: call.method, params: paramsOf(attempt, call) };
  return client.request(request, Result, options());
}

/** Ends what was opened for the call; the answer is there, so nobody waits for it, and it may fail. */
async function leave(client: Client, session: Session): Promise<void> {
  await session.farewell().catch(() => undefined);
  await client.close().catch(() => undefined);
}

function optionsOf(call: McpCall, sdk: { SUPPORTED_PROTOCOL_VERSIONS: readonly string[] }): ClientOptions {
  const { protocolVersion } = call;
  if (protocolVersion >= STATELESS) return { versionNegotiation: { mode: { pin: protocolVersion } } };
  const others = sdk.SUPPORTED_PROTOCOL_VERSIONS.filter((version) => version !== protocolVersion);
  return { supportedProtocolVersions: [protocolVersion, ...others] };
}

function paramsOf({ request, span }: ProtocolAttempt, { parameters }: McpCall): Record<string, unknown> {
  const given = parameters?._meta;
  const meta = {
    traceparent: span.traceparent,
    ...(request.effect === 'read' ? {} : { [IDEMPOTENCY_KEY]: request.idempotencyKey }),
    ...(typeof given === 'object' ? given : {}),
  };
  return { ...parameters, _meta: meta };
}

async function remote(attempt: ProtocolAttempt, call: McpCall): Promise<Session> {
  const { StreamableHTTPClientTransport } = await import('@modelcontextprotocol/client');
  const { authorization, headers } = call;
  const http = attempt.http(typeof authorization === 'object' ? authorization : undefined);
  const all = typeof authorization === 'string' ? { ...headers, authorization } : { ...headers };
  const options = { requestInit: { headers: all }, fetch: withoutListening(http.fetch) };
  const transport = new StreamableHTTPClientTransport(new URL(call.uri as string), options);
  return { transport, http, signal: http.signal, farewell: () => transport.terminateSession() };
}

/**
 * The SDK opens a stream for what a server says unasked, of which a call has no use: it is told that there is
 * none.
 */
function withoutListening(fetch: GuardedFetch['fetch']): GuardedFetch['fetch'] {
  return async (input, init) => {
    const listens = init?.method === 'GET' && !new Headers(init.headers).has('last-event-id');
    return listens ? new Response(null, { status: 405 }) : fetch(input, init);
  };
}

async function programOf(of: NonNullable<McpCall['process']>): Promise<ProgramSpec> {
  const { getDefaultEnvironment } = await import('@modelcontextprotocol/client/stdio');
  const { command, arguments: given, environment } = of;
  return { file: command, arguments: given, environment: { ...getDefaultEnvironment(), ...environment } };
}

/** The tool, prompt or resource that is asked for. */
function targetOf({ method, parameters }: McpCall): string | undefined {
  const target = method === 'resources/read' ? parameters?.uri : parameters?.name;
  return typeof target === 'string' ? target : undefined;
}

function serverOf(url: URL): Record<string, string | number> {
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
  return { [ATTR.serverAddress]: url.hostname, [ATTR.serverPort]: port };
}

import { randomInt } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import {
  type HttpPort,
  PermanentError,
  type ProgramsPort,
  type RunningProgram,
  TransientError,
} from '@tutti/plugin-sdk';
import { z } from 'zod';
import type { Settings } from './settings.js';
import {
  answerIn,
  breakIn,
  jsonIn,
  type Reply,
  replyIn,
  replyTo,
  type StreamBreak,
  unanswered,
} from './wire.js';

/** The first revision without sessions. */
const STATELESS = '2026-07-28';
const NEWEST_WITH_SESSIONS = '2025-11-25';
const CLIENT = { name: 'tutti', version: '1' };
const ACCEPT = 'application/json, text/event-stream';
const SESSION = 'mcp-session-id';
const METHOD_NOT_FOUND = -32_601;
const INTERNAL_ERROR = -32_603;
const UNSUPPORTED_REVISION = -32_022;
/** How often a broken stream is gone on with. */
const RESUMES_MAX = 20;
const ID_MAX = 2 ** 40;
/** How servers of older revisions refuse a request of the newest one. */
const REFUSED_STATUS = new Set([400, 404, 405, 406]);

const Discovered = z.looseObject({ supportedVersions: z.array(z.string()) });
const Initialized = z.looseObject({ protocolVersion: z.string() });

/** Speaks with a server for one call of the connector. */
export interface Session {
  revision: string;
  /** Whether it speaks a revision without sessions. */
  stateless: boolean;
  request(
    method: string,
    params?: Record<string, unknown>,
    more?: { headers?: Record<string, string> },
  ): Promise<Record<string, unknown>>;
  end(): Promise<void>;
}

/** Where a server is. */
interface Server {
  http: HttpPort;
  url: string;
}

/** What a session is opened with. */
export interface Ports {
  http: HttpPort;
  programs?: ProgramsPort | undefined;
}

/** Opens a session in the revision that the settings name, or in the newest that the server knows. */
export async function openSession({ http, programs }: Ports, settings: Settings): Promise<Session> {
  const { url, revision } = settings;
  if (settings.command !== undefined) return withProgram(programs, settings, settings.command);
  if (url === undefined)
    throw new PermanentError('The connection names no server: set its url, or its command.', {
      status: 400,
      reason: 'rejected',
    });
  if (revision !== 'auto' && revision !== STATELESS) return withSession({ http, url }, revision);
  const stateless = withoutSession({ http, url });
  if (revision === STATELESS) return stateless;
  try {
    const discovered = Discovered.safeParse(await stateless.request('server/discover'));
    // Some servers answer what they do not know with a result that says nothing.
    if (discovered.data?.supportedVersions.includes(STATELESS)) return stateless;
    return await withSession({ http, url }, NEWEST_WITH_SESSIONS);
  } catch (error) {
    if (!(error instanceof PermanentError) || !REFUSED_STATUS.has(error.status ?? 0)) throw error;
    return withSession({ http, url }, NEWEST_WITH_SESSIONS);
  }
}

function withoutSession({ http, url }: Server): Session {
  // A call that goes on with a person's answers must not have the id of the one that asked.
  let last = randomInt(ID_MAX);
  const ask: Session['request'] = async (method, params = {}, { headers = {} } = {}) => {
    last += 1;
    const meta = {
      'io.modelcontextprotocol/protocolVersion': STATELESS,
      'io.modelcontextprotocol/clientInfo': CLIENT,
      'io.modelcontextprotocol/clientCapabilities': { elicitation: { form: {} } },
    };
    const { name, _meta: given } = params as { name?: string; _meta?: object };
    const body = await http.post(url, {
      headers: {
        accept: ACCEPT,
        'mcp-protocol-version': STATELESS,
        'mcp-method': method,
        ...(name !== undefined && { 'mcp-name': name }),
        ...headers,
      },
      body: { jsonrpc: '2.0', id: last, method, params: { ...params, _meta: { ...meta, ...given } } },
    });
    return resultOf(method, replyTo(last, body));
  };
  return {
    revision: STATELESS,
    stateless: true,
    request: (method, params, more) =>
      ask(method, params, more).catch((error: unknown) => {
        // A server may refuse a revision that it says in the same breath to speak.
        if (!speaks(error, STATELESS)) throw error;
        return ask(method, params, more);
      }),
    end: () => Promise.resolve(),
  };
}

async function withSession({ http, url }: Server, wanted: string): Promise<Session> {
  let last = 0;
  let headers: Record<string, string> = { accept: ACCEPT };
  let id: string | undefined;
  const send = (message: object) =>
    http.post(url, {
      headers,
      body: { jsonrpc: '2.0', ...message },
      answered: (answer) => {
        id ??= answer.headers[SESSION];
      },
    });
  const request: Session['request'] = async (method, params = {}) => {
    last += 1;
    const body = await send({ id: last, method, params });
    const reply = replyIn(last, body) ?? (await resumed({ http, url, headers }, last, breakIn(body)));
    return resultOf(method, reply);
  };
  last += 1;
  const body = await send({ id: last, method: 'initialize', params: openingOf(wanted) });
  const { protocolVersion } = Initialized.parse(resultOf('initialize', replyTo(last, body)));
  headers = {
    ...headers,
    'mcp-protocol-version': protocolVersion,
    ...(id !== undefined && { [SESSION]: id }),
  };
  await send({ method: 'notifications/initialized' });
  return {
    revision: protocolVersion,
    stateless: false,
    request,
    async end() {
      // A server may keep its sessions to itself, and the answer is there.
      if (id !== undefined) await http.delete(url, { headers }).catch(() => undefined);
    },
  };
}

/** The server is a program, which lives as long as the session. */
async function withProgram(
  programs: ProgramsPort | undefined,
  settings: Settings,
  command: string,
): Promise<Session> {
  const { revision, token, tokenVariable } = settings;
  if (programs === undefined || revision === STATELESS)
    throw new PermanentError(
      programs === undefined
        ? 'A plugin in a process of its own starts no programs.'
        : `A program is spoken with in a session: choose another revision than ${STATELESS}.`,
      { status: 400, reason: 'rejected' },
    );
  const environment = token === undefined ? {} : { [tokenVariable]: token };
  const program = await programs.start({ command, arguments: settings.arguments, environment });
  const request = requestsTo(program);
  const end = () => {
    // The answer is there, and the program may take its time to end.
    void program.close();
    return Promise.resolve();
  };
  try {
    const wanted = revision === 'auto' ? NEWEST_WITH_SESSIONS : revision;
    const { protocolVersion } = Initialized.parse(await request('initialize', openingOf(wanted)));
    await program.send(JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' }));
    return { revision: protocolVersion, stateless: false, request, end };
  } catch (error) {
    await program.close();
    throw error;
  }
}

function requestsTo(program: RunningProgram): Session['request'] {
  const lines = program.lines()[Symbol.asyncIterator]();
  let last = 0;
  return async (method, params = {}) => {
    last += 1;
    await program.send(JSON.stringify({ jsonrpc: '2.0', id: last, method, params }));
    for (;;) {
      const { value, done } = await lines.next();
      if (done === true)
        throw new TransientError(
          `The MCP server ended before it answered ${method}. ${program.said()}`.trim(),
          {
            reason: 'unavailable',
          },
        );
      const message = jsonIn(value);
      const reply = answerIn(last, message);
      if (reply !== null) return resultOf(method, reply);
      await refuse(program, message);
    }
  };
}

/** A server that asks its client for something would wait for the answer. */
async function refuse(program: RunningProgram, message: unknown): Promise<void> {
  const asked = Asked.safeParse(message);
  if (!asked.success) return;
  const { id, method } = asked.data;
  const answer =
    method === 'ping' ? { result: {} } : { error: { code: METHOD_NOT_FOUND, message: 'Method not found' } };
  await program.send(JSON.stringify({ jsonrpc: '2.0', id, ...answer }));
}

const Asked = z.looseObject({ id: z.union([z.string(), z.number()]), method: z.string() });

function openingOf(protocolVersion: string) {
  return { protocolVersion, capabilities: {}, clientInfo: CLIENT };
}

function resultOf(method: string, { result, error }: Reply): Record<string, unknown> {
  if (error === undefined) return result ?? {};
  const message = `The MCP server refused ${method}: ${error.message} (${error.code})`;
  if (error.code === INTERNAL_ERROR)
    throw new TransientError(message, { status: 500, reason: 'unavailable' });
  const status = error.code === METHOD_NOT_FOUND ? 404 : 400;
  throw new PermanentError(message, { status, reason: 'rejected' });
}

/** Whether the server refused a revision of which it says that it speaks it. */
function speaks(error: unknown, revision: string): boolean {
  if (!(error instanceof PermanentError)) return false;
  const refused = Refused.safeParse(error.reply);
  return refused.success && refused.data.error.data.supported.includes(revision);
}

const Refused = z.looseObject({
  error: z.looseObject({
    code: z.literal(UNSUPPORTED_REVISION),
    data: z.looseObject({ supported: z.array(z.string()) }),
  }),
});

/** Goes on with a stream that ended before the answer: the server keeps what it said meanwhile. */
async function resumed(
  { http, url, headers }: Server & { headers: Record<string, string> },
  id: number,
  broken: StreamBreak | null,
): Promise<Reply> {
  if (broken === null) return unanswered();
  let { lastEventId } = broken;
  for (let resumes = 0; resumes < RESUMES_MAX; resumes += 1) {
    await pause(broken.retryMs);
    const listening = { ...headers, accept: 'text/event-stream', 'last-event-id': lastEventId };
    for await (const item of http.stream(url, { method: 'GET', headers: listening })) {
      lastEventId = item.id ?? lastEventId;
      const reply = answerIn(id, jsonIn(item.data));
      if (reply !== null) return reply;
    }
  }
  return unanswered();
}

import type { A2aCall, CallAuthentication, CallOutcome, CallRequest } from '@tutti/contracts';
import { ATTR } from '@tutti/telemetry';
import type { Failure } from '../calls/outcomes.js';
import { eventsOf } from '../http/event-stream.js';
import { ExchangeError } from '../http/exchange.js';
import { visibleUrl } from '../http/http-span.js';
import { LIMITS } from '../limits.js';
import { DocumentCache, type Follow } from '../openapi/document-cache.js';
import { rpcRefusal } from '../protocols/json-rpc.js';
import type { ProtocolAttempt, ProtocolClient } from '../protocols/protocol-client.js';
import { notPossible, notUnderstood, refusedWith, withoutReply } from '../protocols/protocol-outcomes.js';
import { a2aRequest, type A2aRequest } from './a2a-request.js';
import { AGENT_CARD, type AgentCard } from './agent-card.js';

/** Where an agent is, and how it is spoken to. */
interface Agent extends AgentCard {
  authorization?: string | CallAuthentication;
}

/** One answer of JSON-RPC. */
interface Answer {
  result?: unknown;
  error?: { code: number; message: string };
}

const TITLE = 'The agent cannot be called';

/** Performs `call: a2a`: JSON-RPC over HTTP, with the answers of streaming methods collected in a list. */
export class A2aCalls implements ProtocolClient {
  readonly name = 'A2A';
  readonly #cards: DocumentCache<AgentCard>;

  constructor(follow: Follow) {
    this.#cards = new DocumentCache(follow, AGENT_CARD);
  }

  spanOf({ input }: CallRequest): { name: string; attributes: Record<string, string | number> } {
    const { method } = input as A2aCall;
    const invokes = method.startsWith('message/');
    return {
      name: invokes ? 'invoke_agent' : method,
      attributes: {
        [ATTR.rpcSystem]: 'jsonrpc',
        [ATTR.rpcMethod]: method,
        ...(invokes ? { [ATTR.genAiOperation]: 'invoke_agent' } : {}),
      },
    };
  }

  async perform(attempt: ProtocolAttempt): Promise<CallOutcome> {
    const { request, span } = attempt;
    const call = request.input as A2aCall;
    const agent = await this.#agentOf(attempt, call);
    // Until the agent itself is called, nothing was done to anybody.
    if ('status' in agent) return { ...agent, effect: 'read' };
    const url = new URL(agent.uri);
    if (agent.name !== null) span.set(ATTR.genAiAgentName, agent.name);
    span.set(ATTR.serverAddress, url.hostname);
    const asked = a2aRequest(call, { ...agent, idempotencyKey: request.idempotencyKey });
    return ask(attempt, { agent, url, asked });
  }

  async #agentOf({ request, span }: ProtocolAttempt, call: A2aCall): Promise<Agent | Failure> {
    if (call.document === undefined) {
      const uri = call.uri ?? '';
      const refused = refusalOf(uri);
      if (refused !== null) return notPossible(TITLE, refused);
      const { authorization } = call;
      return { name: null, uri, version: '0.3', tenant: null, ...(authorization && { authorization }) };
    }
    const card = await this.#cards.find({ ...request, trace: span.trace }, call.document);
    if ('status' in card) return card;
    const { uri, authorization } = call.document;
    // Credentials for the card are meant for its own origin only.
    const same = new URL(uri).origin === new URL(card.uri).origin;
    return { ...card, ...(same && authorization && { authorization }) };
  }
}

function refusalOf(uri: string): string | null {
  if (!URL.canParse(uri)) return `"${uri}" is no address.`;
  const { username, password } = new URL(uri);
  return username === '' && password === ''
    ? null
    : 'An address must not hold a user and password: use the authentication of the endpoint.';
}

interface Asking {
  agent: Agent;
  url: URL;
  asked: A2aRequest;
}

async function ask(attempt: ProtocolAttempt, { agent, url, asked }: Asking): Promise<CallOutcome> {
  const { request, span } = attempt;
  const { authorization } = agent;
  const where = `${asked.method} of ${visibleUrl(url)}`;
  const http = attempt.http(typeof authorization === 'object' ? authorization : undefined);
  try {
    const reply = await http.fetch(url, {
      method: 'POST',
      headers: headersOf(request, agent, asked),
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: asked.method, params: asked.params }),
    });
    if (http.refusal !== null) {
      const detail = (await reply.text()).slice(0, LIMITS.errorReplyBytesMax);
      return refusedWith(request, http.refusal, { where, detail, asked: true });
    }
    const answers = await answersOf(reply);
    const failed = answers.find(({ error }) => error !== undefined)?.error;
    if (failed !== undefined)
      return rpcRefusal(attempt, failed, { title: 'The agent refused the call', where });
    span.set(ATTR.rpcResponseStatus, 'OK');
    const results = answers.map(({ result }) => result ?? null);
    return { status: 'succeeded', output: asked.streams ? results : results[0] };
  } catch (error) {
    if (error instanceof UnreadableAnswer) return notUnderstood(`${where}: ${error.message}`);
    const failed = error instanceof ExchangeError ? error : http.failure;
    if (failed === null) throw error;
    return withoutReply(request, failed, { where, asked: true });
  }
}

function headersOf(
  { effect, idempotencyKey }: CallRequest,
  { authorization, version }: Agent,
  { streams }: A2aRequest,
): Record<string, string> {
  return {
    'content-type': 'application/json',
    accept: streams ? 'text/event-stream' : 'application/json',
    ...(version === '1.0' && { 'a2a-version': version }),
    ...(typeof authorization === 'string' && { authorization }),
    ...(effect !== 'read' && { 'idempotency-key': idempotencyKey }),
  };
}

/** What an agent says that is no answer of JSON-RPC. */
class UnreadableAnswer extends Error {
  override readonly name = 'UnreadableAnswer';
}

/** All answers of a reply: one, or those of a stream up to its end. */
async function answersOf(reply: Response): Promise<Answer[]> {
  const stream = reply.headers.get('content-type')?.startsWith('text/event-stream') === true;
  if (!stream) return [answerIn(await reply.text())];
  const answers: Answer[] = [];
  for await (const { data } of eventsOf(reply)) {
    if (answers.length >= LIMITS.streamMessagesMax)
      throw new ExchangeError(`The stream has more than ${LIMITS.streamMessagesMax} events.`, {
        failure: 'too-large',
        sent: true,
      });
    const answer = answerIn(data);
    answers.push(answer);
    if (answer.error !== undefined || isFinal(answer.result)) break;
  }
  if (answers.length === 0) throw new UnreadableAnswer('The stream ended without an event.');
  return answers;
}

/** The last event of a stream in A2A 0.3; in 1.0 the stream ends. */
function isFinal(result: unknown): boolean {
  return typeof result === 'object' && result !== null && 'final' in result && result.final === true;
}

function answerIn(text: string): Answer {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch (error) {
    throw new UnreadableAnswer(`It answered with broken JSON: ${(error as Error).message}`);
  }
  const { result, error } = (answer ?? {}) as {
    result?: unknown;
    error?: { code?: unknown; message?: unknown };
  };
  if (result === undefined && (error === undefined || error === null))
    throw new UnreadableAnswer('Its answer has neither a result nor an error.');
  if (!error) return { result };
  return { error: { code: Number(error.code), message: String(error.message) } };
}

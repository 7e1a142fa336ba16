import type { CallAuthentication, CallOutcome, CallRequest, ProtocolKind } from '@tutti/contracts';
import type { DataSource } from 'typeorm';
import { alreadySent, defect } from '../calls/plain-http-call.js';
import { ArtifactFiles } from '../files/artifact-files.js';
import { ExchangeError } from '../http/exchange.js';
import { GuardedFetch } from '../http/guarded-fetch.js';
import type { SpanSink } from '../http/http-span.js';
import type { OriginPools } from '../http/origin-pools.js';
import { LIMITS } from '../limits.js';
import { SecretRedactor, secretsOfHeaders } from '../redaction/secret-redactor.js';
import { textsOf } from '../secrets/secret-directory.js';
import type { ProtocolAttempt, ProtocolClient } from './protocol-client.js';
import { withoutReply } from './protocol-outcomes.js';
import { attemptAttributes, ProtocolSpan } from './protocol-span.js';

export interface ProtocolParts {
  pools: OriginPools;
  spans: SpanSink;
  database: Pick<DataSource, 'query'>;
}

/** Performs the calls of all protocols beside HTTP: what they have in common is done here. */
export class ProtocolCalls {
  readonly #parts: ProtocolParts;
  readonly #clients: Readonly<Record<ProtocolKind, ProtocolClient>>;

  constructor(parts: ProtocolParts, clients: Readonly<Record<ProtocolKind, ProtocolClient>>) {
    this.#parts = parts;
    this.#clients = clients;
  }

  /** Never rejects: whatever goes wrong is a failed outcome. */
  async perform(request: CallRequest): Promise<CallOutcome> {
    const client = this.#clients[request.target.kind as ProtocolKind];
    if (request.redelivered && request.effect === 'write') return alreadySent(request, client.name);
    const span = new ProtocolSpan(this.#parts.spans, request, client.spanOf(request));
    const attempt = this.#attempt(request, span);
    const outcome = await this.#outcome(client, attempt);
    attempt.end();
    const told = outcome.status === 'failed' ? redactorOf(request).value(outcome) : outcome;
    span.end(told);
    return told;
  }

  async #outcome(client: ProtocolClient, attempt: ProtocolAttempt): Promise<CallOutcome> {
    const { request } = attempt;
    try {
      return await this.#kept(request, await client.perform(attempt));
    } catch (error) {
      if (!(error instanceof ExchangeError)) return defect(`The ${client.name} call`, error);
      return withoutReply(request, error, { where: `The ${client.name} call`, asked: true });
    }
  }

  #attempt(request: CallRequest, span: ProtocolSpan): ProtocolAttempt & { end(): void } {
    const timeoutMs = Math.min(Math.max(request.timeoutMs, 1), LIMITS.callTimeoutMsMax);
    const endMs = performance.now() + timeoutMs;
    const over = new AbortController();
    const timer = setTimeout(() => over.abort(timeout(timeoutMs)), timeoutMs);
    const parts = { ...this.#parts, trace: span.trace, attributes: attemptAttributes(request) };
    const { signal } = over;
    return {
      request,
      signal,
      span,
      remainingMs: () => Math.max(1, Math.round(endMs - performance.now())),
      http: (authentication?: CallAuthentication) =>
        new GuardedFetch({ ...parts, signal, timeoutMs }, authentication),
      end: () => clearTimeout(timer),
    };
  }

  /** A large result becomes an artifact, because messages and rows carry references to large things. */
  async #kept(request: CallRequest, outcome: CallOutcome): Promise<CallOutcome> {
    if (outcome.status === 'failed') return outcome;
    const { redactor } = request as { redactor?: SecretRedactor };
    const json = JSON.stringify(redactor?.value(outcome.output) ?? outcome.output ?? null);
    if (Buffer.byteLength(json) <= LIMITS.outputBytesMax) return outcome;
    const files = new ArtifactFiles(this.#parts.database, request.workspaceId);
    const output = await files.write(Buffer.from(json), { mediaType: 'application/json' });
    return { ...outcome, output };
  }
}

function timeout(timeoutMs: number): ExchangeError {
  return new ExchangeError(`No complete answer within ${timeoutMs} ms.`, { failure: 'timeout', sent: true });
}

/** Takes the credentials of a call out of what is told of its failure. */
function redactorOf({ input }: CallRequest): SecretRedactor {
  const { headers, authorization, process, document } = input as {
    headers?: Record<string, string>;
    authorization?: string | CallAuthentication;
    process?: { environment: Record<string, string> };
    document?: { authorization?: string | CallAuthentication };
  };
  return new SecretRedactor([
    ...secretsOfHeaders(headers),
    ...credentials(authorization),
    ...credentials(document?.authorization),
    ...Object.values(process?.environment ?? {}).filter((value) => value.length >= 8),
  ]);
}

function credentials(authorization: string | CallAuthentication | undefined): string[] {
  if (authorization === undefined) return [];
  if (typeof authorization === 'string') return secretsOfHeaders({ authorization });
  return textsOf(authorization).filter((text) => text !== authorization.scheme);
}

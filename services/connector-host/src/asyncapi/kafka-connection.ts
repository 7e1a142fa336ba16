import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { CallAuthentication, CallRequest } from '@tutti/contracts';
import type { ISocketFactoryArgs, Kafka, KafkaConfig } from 'kafkajs';
import { failure, unknownOutcome, type Failure } from '../calls/outcomes.js';
import type { AddressGuard } from '../http/address-guard.js';
import { ExchangeError } from '../http/exchange.js';
import type { OriginPools } from '../http/origin-pools.js';
import { LIMITS } from '../limits.js';
import type { ProtocolAttempt } from '../protocols/protocol-client.js';
import { cut, withoutReply } from '../protocols/protocol-outcomes.js';
import { refused } from './asyncapi-document.js';
import type { Route } from './route.js';

export interface KafkaParts {
  pools: OriginPools;
  guard: AddressGuard;
}

/** The sockets to a cluster, for one call. All brokers of the cluster are checked and mapped as its first. */
export class KafkaConnection {
  readonly #parts: KafkaParts;
  readonly #route: Route;
  readonly #sockets = new Set<Socket>();
  #refusal: Error | null = null;
  #closed = false;

  constructor(parts: KafkaParts, route: Route) {
    this.#parts = parts;
    this.#route = route;
  }

  /** The client; it opens nothing yet. */
  async client(authorization: string | CallAuthentication | undefined): Promise<Kafka> {
    const { default: kafkajs } = await import('kafkajs');
    const sasl = saslOf(this.#route, authorization);
    return new kafkajs.Kafka({
      clientId: 'tutti-call',
      brokers: this.#route.server
        .split(',')
        .map((broker) => (/:\d+$/.test(broker) ? broker : `${broker}:9092`)),
      ssl: this.#route.secure,
      ...(sasl && { sasl }),
      connectionTimeout: 5_000,
      requestTimeout: 15_000,
      retry: { retries: 2, initialRetryTime: 100, maxRetryTime: 1_000 },
      socketFactory: (args) => this.#open(args),
      logCreator: () => () => undefined,
    });
  }

  /** Why an address was not called; null: none was refused. */
  get refusal(): Error | null {
    return this.#refusal;
  }

  /** What the client is about to try again, it tries in vain. */
  close(): void {
    this.#closed = true;
    // The client hears of an end only by an error.
    for (const socket of this.#sockets) socket.destroy(new Error('The call has ended.'));
  }

  #open({ host, port, onConnect }: ISocketFactoryArgs): Socket {
    if (this.#closed) throw new Error('The call has ended.');
    const scheme = this.#route.secure ? 'https' : 'http';
    const url = this.#parts.pools.addressOf(new URL(`${scheme}://${host}:${port}`));
    const secure = url.protocol === 'https:';
    const name = url.hostname.replace(/^\[|\]$/g, '');
    const { guard } = this.#parts;
    const to = {
      host: name,
      port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
      lookup: guard.lookup,
    };
    try {
      guard.checkHost(name);
    } catch (error) {
      this.#refusal = error as Error;
      throw error;
    }
    const servername = isIP(name) ? {} : { servername: name };
    const socket = secure ? connectTls({ ...to, ...servername }, onConnect) : connect(to, onConnect);
    socket.on('error', (error: Error & { code?: string }) => {
      if (error.code === 'EADDRESSREFUSED') this.#refusal = error;
    });
    this.#sockets.add(socket.once('close', () => this.#sockets.delete(socket)));
    return socket;
  }
}

/** Basic credentials are a user of SASL, a bearer token is one of OAUTHBEARER. Throws OpenApiError. */
function saslOf(
  { mechanism }: Route,
  authorization: string | CallAuthentication | undefined,
): KafkaConfig['sasl'] | undefined {
  if (authorization === undefined) return undefined;
  if (typeof authorization === 'object')
    throw refused(`Authentication by ${authorization.scheme} is not a part of Kafka: use basic or bearer.`);
  const [scheme, value = ''] = authorization.split(' ');
  if (scheme === 'Bearer')
    return { mechanism: 'oauthbearer', oauthBearerProvider: () => Promise.resolve({ value }) };
  const [username = '', ...password] = Buffer.from(value, 'base64').toString('utf8').split(':');
  return { mechanism, username, password: password.join(':') } as KafkaConfig['sasl'];
}

interface KafkaError {
  name?: string;
  type?: string;
  message?: string;
  cause?: KafkaError;
}

/** What an error of the client means. `asked`: whether the message had been handed over. */
export function kafkaFailure(
  error: unknown,
  about: { attempt: ProtocolAttempt; connection: KafkaConnection; where: string; asked: boolean },
): Failure {
  const { attempt, connection, where, asked } = about;
  const { request, signal } = attempt;
  const given = connection.refusal;
  if (given !== null)
    return withoutReply(
      request,
      new ExchangeError(given.message, { failure: 'refused', sent: false, cause: given }),
      { where, asked: false },
    );
  if (signal.aborted) return withoutReply(request, signal.reason as ExchangeError, { where, asked });
  return answered(request, error as KafkaError, { where, asked });
}

const ABSENT = new Set(['UNKNOWN_TOPIC_OR_PARTITION', 'INVALID_TOPIC_EXCEPTION']);
const TOO_LARGE = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE']);

function answered(
  request: CallRequest,
  error: KafkaError,
  { where, asked }: { where: string; asked: boolean },
): Failure {
  const chain = [error, error.cause, error.cause?.cause].filter((one) => one !== undefined);
  const type = chain.find((one) => one.type !== undefined)?.type ?? '';
  const detail = cut(`${where}: ${chain.at(-1)?.message ?? error.message ?? type}`);
  const no = (kind: 'authentication' | 'authorization' | 'communication', status: number, title: string) =>
    failure({ fate: 'permanent', kind, status, title, detail, reason: 'rejected' });
  if (chain.some(({ name }) => name?.includes('SASL') === true))
    return no('authentication', 401, 'Kafka refused the credentials');
  if (type.endsWith('AUTHORIZATION_FAILED')) return no('authorization', 403, 'Kafka did not allow it');
  if (ABSENT.has(type)) return no('communication', 404, 'There is no such topic');
  if (TOO_LARGE.has(type)) return no('communication', 413, 'The message is too large for Kafka');
  const outcome = failure({
    fate: 'transient',
    kind: 'communication',
    status: 503,
    title: 'Kafka cannot be reached',
    detail,
    reason: 'unavailable',
  });
  const open = request.effect === 'write' && asked;
  return open ? unknownOutcome(outcome, 'The message may have been taken.') : outcome;
}

/** Says farewell to Kafka, which may fail; what does not end by itself in time is ended. */
export async function leave(
  clients: readonly { disconnect(): Promise<void> }[],
  { connection, connected }: { connection: KafkaConnection; connected: boolean },
): Promise<void> {
  const left = Promise.allSettled(clients.map((client) => client.disconnect()));
  // One that is still connecting would go on with that.
  if (!connected) connection.close();
  const timer = setTimeout(() => connection.close(), LIMITS.farewellTimeoutMs);
  await left;
  clearTimeout(timer);
  connection.close();
}

/** The same promise, given up when the time of the attempt is over. */
export function within<T>({ signal }: ProtocolAttempt, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const over = () => reject(signal.reason as Error);
    if (signal.aborted) return over();
    signal.addEventListener('abort', over, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', over));
  });
}

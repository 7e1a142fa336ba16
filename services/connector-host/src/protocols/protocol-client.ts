import type { CallAuthentication, CallOutcome, CallRequest } from '@tutti/contracts';
import type { GuardedFetch } from '../http/guarded-fetch.js';
import type { ProtocolSpan } from './protocol-span.js';

/** One attempt of a call over another protocol. */
export interface ProtocolAttempt {
  request: CallRequest;
  /** Aborted when the time is over; its reason is an ExchangeError. */
  signal: AbortSignal;
  /** What is left of the time, in milliseconds; at least 1. */
  remainingMs(): number;
  span: ProtocolSpan;
  /** A client for HTTP whose exchanges are recorded under the span. */
  http(authentication?: CallAuthentication): GuardedFetch;
}

/** Speaks one protocol. */
export interface ProtocolClient {
  /** For people: `MCP`. */
  readonly name: string;
  /** The span of an attempt, after the conventions of the protocol. */
  spanOf(request: CallRequest): { name: string; attributes: Record<string, string | number> };
  /** Rejects with ExchangeError for what is no reply; anything else that it throws is a defect. */
  perform(attempt: ProtocolAttempt): Promise<CallOutcome>;
}

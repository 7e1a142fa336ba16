import { type EventSink, type OutgoingEvent, SinkAway } from './event-sink.js';
import { toHttp } from './http-binding.js';

const REQUESTS_MAX = 8;
const TIMEOUT_MS = 10_000;
/** After so long none of a batch is begun any more: whoever asked for it holds its events for a minute. */
const BATCH_MS_MAX = 40_000;

/** Nobody answered, so that the next event would wait for nothing. */
class NoAnswer extends SinkAway {}

export interface HttpEventSinkOptions {
  url: string;
  /** Sent as a bearer token. */
  token?: string | undefined;
}

/** Posts each event to a URL, in binary mode of the HTTP binding; any 2xx is its acknowledgement. */
export class HttpEventSink implements EventSink {
  readonly name = 'http';
  private readonly closing = new AbortController();

  constructor(private readonly options: HttpEventSinkOptions) {}

  async send(events: readonly OutgoingEvent[]): Promise<(Error | null)[]> {
    const results: (Error | null)[] = [];
    let next = 0;
    let away: Error | null = null;
    const end = performance.now() + BATCH_MS_MAX;
    const work = async () => {
      for (let i = next++; i < events.length; i = next++) {
        if (performance.now() > end)
          away ??= new NoAnswer('The event sink is too slow for all of them at once.');
        const result = away ?? (await this.post(events[i] as OutgoingEvent));
        if (result instanceof NoAnswer) away ??= result;
        results[i] = result;
      }
    };
    await Promise.all(Array.from({ length: Math.min(REQUESTS_MAX, events.length) }, work));
    return results;
  }

  close(): Promise<void> {
    this.closing.abort();
    return Promise.resolve();
  }

  private async post({ event }: OutgoingEvent): Promise<Error | null> {
    const { headers, body } = toHttp(event);
    const { url, token } = this.options;
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { ...headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
        body: new Uint8Array(body),
        redirect: 'manual',
        signal: AbortSignal.any([this.closing.signal, AbortSignal.timeout(TIMEOUT_MS)]),
      });
      await response.body?.cancel();
      if (response.ok) return null;
      const { status } = response;
      const Refusal = status >= 500 || status === 429 ? SinkAway : Error;
      return new Refusal(`The event sink answered ${status}.`);
    } catch (error) {
      const { message, cause } = error as Error;
      return new NoAnswer(
        `The event sink did not answer: ${(cause as Error | undefined)?.message ?? message}`,
      );
    }
  }
}

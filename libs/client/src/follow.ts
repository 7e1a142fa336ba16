import { ApiProblem, problemOf, unreachable } from './problem.js';
import { EventReader, type ServerEvent } from './sse.js';

export interface FollowOptions {
  baseUrl: string;
  token: string;
  signal?: AbortSignal | undefined;
  /** How long to wait before the next try after the connection broke. */
  retryMs?: number;
}

/** What changes in the hub. `resync`: events may have been missed, so read everything again. */
export type HubEvent =
  | {
      name: 'run.changed';
      runId: string;
      status: string;
      revision: number;
      workflow: { namespace: string; name: string };
    }
  | { name: 'review.changed'; reviewId: string; runId: string; status: string }
  | { name: 'resync' };

/**
 * Follows /v1/events until the signal ends it; a broken connection is taken up again where it broke. A
 * refusal is thrown.
 */
export async function* followEvents(options: FollowOptions): AsyncGenerator<HubEvent> {
  let lastId: string | null = null;
  const ended = () => options.signal?.aborted === true;
  while (!ended()) {
    try {
      for await (const event of connectOnce(options, lastId)) {
        lastId = event.id ?? lastId;
        const known = toHubEvent(event);
        if (known !== null) yield known;
      }
    } catch (error) {
      if (ended()) return;
      if (error instanceof ApiProblem && error.status < 500 && error.status !== 429) throw error;
    }
    await pause(options.retryMs ?? 1_000, options.signal);
  }
}

async function* connectOnce(options: FollowOptions, lastId: string | null): AsyncGenerator<ServerEvent> {
  const headers = {
    authorization: `Bearer ${options.token}`,
    accept: 'text/event-stream',
    ...(lastId === null ? {} : { 'last-event-id': lastId }),
  };
  const response = await fetch(new URL('/v1/events', options.baseUrl), {
    headers,
    signal: options.signal ?? null,
  }).catch((error: unknown) => {
    throw unreachable(options.baseUrl, error);
  });
  if (!response.ok || response.body === null) throw await problemOf(response);
  const reader = new EventReader();
  const decoder = new TextDecoder();
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>)
    yield* reader.push(decoder.decode(chunk, { stream: true }));
}

function toHubEvent(event: ServerEvent): HubEvent | null {
  if (event.event === 'resync') return { name: 'resync' };
  if (event.event !== 'run.changed' && event.event !== 'review.changed') return null;
  return { name: event.event, ...(JSON.parse(event.data) as object) } as HubEvent;
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}

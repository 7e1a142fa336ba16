import { type LifecycleMessage, TOPICS } from '@tutti/contracts';
import { eventually } from '@tutti/testing';
import { ApiHarness } from '../testing/api-harness.js';
import { EventClient } from './event-client.js';

const changed = (runId: string, workspaceId = 'default'): LifecycleMessage => ({
  kind: 'run.changed',
  runId,
  workspaceId,
  status: 'running',
  revision: 1,
  workflow: { namespace: 'n', name: 'w', version: '1', versionId: 'v' },
  entries: [{ secret: 'entries stay inside' }],
  output: { secret: 1 },
});

describe('/v1/events', () => {
  let api: ApiHarness;
  const aborts: AbortController[] = [];
  beforeAll(async () => {
    api = await ApiHarness.start({ config: { heartbeatMs: 100, eventClientsMax: 2 } });
  });
  afterEach(() => {
    for (const abort of aborts.splice(0)) abort.abort();
  });
  afterAll(() => api.close());

  /** Reads the stream into `text` until the test ends. */
  async function follow(
    headers: Record<string, string> = {},
    token = api.token,
  ): Promise<{ status: number; text: string }> {
    const abort = new AbortController();
    aborts.push(abort);
    const response = await fetch(`${api.url}/v1/events`, {
      headers: { authorization: `Bearer ${token}`, ...headers },
      signal: abort.signal,
    });
    const seen = { status: response.status, text: '' };
    void (async () => {
      try {
        for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>)
          seen.text += Buffer.from(chunk).toString();
      } catch {
        // The test ended the connection.
      }
    })();
    return seen;
  }

  it('tells ids and status of what changes in the own workspace, and nothing more', async () => {
    const mine = await follow();
    const other = await follow({}, await api.tokenOf('events-elsewhere'));
    await eventually(() => mine.text.includes('welcome') && other.text.includes('welcome'));
    await api.bus.publish(TOPICS.lifecycle, [
      changed('run-1'),
      { kind: 'review.changed', reviewId: 'rev-1', runId: 'run-1', workspaceId: 'default', status: 'open' },
    ]);
    await eventually(() => mine.text.includes('rev-1'));
    expect(mine.text).toContain(
      'event: run.changed\ndata: {"runId":"run-1","status":"running","revision":1,"workflow":{"namespace":"n","name":"w"}}\n\n',
    );
    expect(mine.text).toContain(
      'event: review.changed\ndata: {"reviewId":"rev-1","runId":"run-1","status":"open"}\n\n',
    );
    expect(mine.text).not.toContain('secret');
    await eventually(() => other.text.includes('event: heartbeat'));
    expect(other.text).not.toContain('run-1');
  });

  it('tells a client that comes back with an unknown last event to read everything again', async () => {
    // The places of the clients that have just left are given back a moment later.
    const seen = await eventually(async () => {
      const one = await follow({ 'last-event-id': 'from-before-the-restart' });
      return one.status === 200 && one;
    });
    await eventually(() => seen.text.includes('event: resync'));
  });

  it('refuses more clients than its limit, and takes one again when one has left', async () => {
    await eventually(async () => (await follow()).status === 200);
    await follow();
    expect((await api.call('GET', '/v1/events')).status).toBe(429);
    aborts.splice(0).forEach((abort) => abort.abort());
    await eventually(async () => (await follow()).status === 200);
  });
});

describe('EventClient', () => {
  function reader() {
    const sink = {
      texts: [] as string[],
      slow: false,
      drain: () => {},
      write(text: string) {
        this.texts.push(text);
        return !this.slow;
      },
      once(_event: 'drain', listener: () => void) {
        this.drain = listener;
      },
      end() {
        this.texts.push('END');
      },
    };
    return { sink, client: new EventClient('default', sink, 3) };
  }
  const event = (subject: string, data = subject) => ({ name: 'run.changed' as const, subject, data });

  it('keeps only the last event about each run until it is flushed', () => {
    const { sink, client } = reader();
    client.add(event('a', '1'));
    client.add(event('b', '2'));
    client.add(event('a', '3'));
    client.flush('x:3');
    expect(sink.texts).toEqual([
      'id: x:3\nevent: run.changed\ndata: 2\n\nid: x:3\nevent: run.changed\ndata: 3\n\n',
    ]);
  });

  it('writes nothing to a reader that is behind, and a resync when too much came meanwhile', () => {
    const { sink, client } = reader();
    sink.slow = true;
    client.add(event('first'));
    client.flush('x:1');
    for (const subject of ['a', 'b', 'c', 'd', 'e']) client.add(event(subject));
    client.flush('x:6');
    client.heartbeat();
    expect(sink.texts).toHaveLength(1);
    sink.slow = false;
    sink.drain();
    client.flush('x:6');
    expect(sink.texts.at(-1)).toBe('id: x:6\nevent: resync\ndata: {}\n\n');
  });
});

import { eventually } from '@tutti/testing';
import type { Answer, CallOptions } from './api-caller.js';

interface Hub {
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
}

const head = (name: string) =>
  `document: { dsl: '1.0.3', namespace: events, name: ${name}, version: '1.0.0' }`;
const WORKFLOWS = [
  `${head('gather')}
do:
  - gather:
      listen:
        to:
          any: [ { with: { type: tick } } ]
          until: { one: { with: { type: stop } } }
`,
  `${head('start')}
schedule: { on: { one: { with: { type: tick } } } }
do:
  - keep: { set: { n: '\${ $workflow.input[0].data.n }' } }
`,
  `${head('tell')}
do:
  - each:
      for: { in: '[range(1000; 1005)]' }
      do:
        - tell: { emit: { event: { with: { source: 'https://x.y', type: tick, data: { n: '\${ $item }' } } } } }
`,
];
const TOLD = [1000, 1001, 1002, 1003, 1004];
const RUNS = 3;
/** Longer than a hub takes to start anew on a busy machine. */
const PATIENCE_MS = 120_000;

/**
 * Events for runs that listen, for a workflow that they start, and from a run that emits them, while the hub
 * is harmed: whatever was accepted comes to each of them once.
 */
export class EventLoad {
  private readonly sent: number[] = [];
  private listeners: string[] = [];

  constructor(private readonly hub: () => Hub) {}

  /** Applies the workflows and waits until the runs listen. */
  async prepare(): Promise<void> {
    for (const text of WORKFLOWS)
      expect((await this.hub().call('PUT', '/v1/workflows', { text })).status).toBe(200);
    this.listeners = await Promise.all(Array.from({ length: RUNS }, () => this.start('gather')));
    for (const id of this.listeners) await this.until(id, 'waiting');
  }

  /** Sends so many events, each until it is accepted. */
  async send(count: number): Promise<void> {
    for (let i = 0; i < count; i += 1) {
      this.sent.push(this.sent.length);
      await this.deliver('tick', this.sent.length - 1);
    }
  }

  /** Lets a run emit events. */
  async tell(): Promise<void> {
    const id = await eventually(() => this.start('tell', { 'idempotency-key': 'tell' }), PATIENCE_MS);
    await this.until(id, 'completed');
  }

  /** Ends the listening and compares. */
  async check(): Promise<void> {
    const wanted = [...this.sent, ...TOLD];
    // What a run emits is on its way until the workflow that it starts has all of it.
    await eventually(async () => (await this.started()).length >= wanted.length, PATIENCE_MS);
    expect((await this.started()).sort(byNumber)).toEqual(wanted);
    await this.deliver('stop', 0);
    for (const id of this.listeners) {
      const { output } = (await this.until(id, 'completed')) as { output: { n: number }[] };
      expect(output.map(({ n }) => n).sort(byNumber)).toEqual(wanted);
    }
  }

  /** What the runs of the workflow that events start have got. */
  private async started(): Promise<number[]> {
    const { body } = await this.hub().call('GET', '/v1/runs?workflow=events/start&limit=200');
    const { items } = body as unknown as { items: { id: string; status: string }[] };
    if (items.some(({ status }) => status !== 'completed')) return [];
    const runs = await Promise.all(items.map(({ id }) => this.hub().call('GET', `/v1/runs/${id}`)));
    return runs.map((run) => (run.body as unknown as { output: { n: number } }).output.n);
  }

  private async start(name: string, headers: Record<string, string> = {}): Promise<string> {
    const path = `/v1/workflows/events/${name}/runs`;
    const { status, body } = await this.hub().call('POST', path, { body: {}, headers });
    expect(status).toBe(202);
    return String(body?.id);
  }

  private until(id: string, status: string): Promise<unknown> {
    return eventually(async () => {
      const { body } = await this.hub().call('GET', `/v1/runs/${id}`);
      return body?.status === status ? body : undefined;
    }, PATIENCE_MS);
  }

  /** The same event again and again, until the hub says that it has it. */
  private async deliver(type: string, n: number): Promise<void> {
    const event = { specversion: '1.0', id: `${type}-${n}`, source: '/load', type, data: { n } };
    const headers = { 'content-type': 'application/cloudevents+json' };
    await eventually(
      async () => (await this.hub().call('POST', '/v1/events', { body: event, headers })).status === 202,
      PATIENCE_MS,
    );
  }
}

const byNumber = (a: number, b: number) => a - b;

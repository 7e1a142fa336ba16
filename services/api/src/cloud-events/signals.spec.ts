import { randomUUID } from 'node:crypto';
import {
  type EventsTaken,
  newSpanId,
  newTraceId,
  type RunCommanded,
  type SignalTaken,
  TOPICS,
} from '@tutti/contracts';
import { EventStore } from '@tutti/store';
import { eventually } from '@tutti/testing';
import { ApiHarness } from '../testing/api-harness.js';
import { applyWorkflow, shopEvent } from '../testing/fixtures.js';

type Json = Record<string, unknown>;

/** The API's side of `listen`: what it stores for the orchestrators, and whom it rings. */
describe('events for runs that listen', () => {
  let api: ApiHarness;
  let workflow: string;
  const rings: RunCommanded[] = [];
  beforeAll(async () => {
    api = await ApiHarness.start();
    workflow = await applyWorkflow(api);
    api.bus.subscribe(TOPICS.runInbox, (messages) => {
      for (const message of messages) if (message.kind === 'run.commanded') rings.push(message);
    });
  });
  afterAll(() => api.close());

  async function run(status = 'waiting', token?: string): Promise<string> {
    const id = randomUUID();
    const name = token === undefined ? workflow : await applyWorkflow(api, { token });
    await api.query(
      `INSERT INTO runs (id, workspace_id, workflow_id, workflow_version_id, trigger, trace_id, root_span_id, input, status,
         started_at)
       SELECT $1, workspace_id, id, current_version_id, 'api', $2, $3, '{}', $4, now() FROM workflows WHERE name = $5`,
      [id, newTraceId(), newSpanId(), status, name],
    );
    return id;
  }
  const listens = (runId: string, type: string, workspaceId = 'default') =>
    api.query('INSERT INTO event_subscriptions (run_id, type, workspace_id) VALUES ($1, $2, $3)', [
      runId,
      type,
      workspaceId,
    ]);
  const send = (body: unknown, type = 'application/cloudevents+json', token?: string) =>
    api.call<EventsTaken>('POST', '/v1/events', {
      raw: JSON.stringify(body),
      headers: { 'content-type': type },
      ...(token !== undefined && { token }),
    });
  const signal = (runId: string, body: unknown, more: Json = {}) =>
    api.call<SignalTaken>('POST', `/v1/runs/${runId}/events`, {
      raw: typeof body === 'string' ? body : JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
      ...more,
    });
  const commandsOf = (runId: string) =>
    api.query<{ command: Json; event: Json }>(
      `SELECT c.command::json AS command, e.event::json AS event
       FROM run_commands c JOIN events e ON e.id = c.event_id WHERE c.run_id = $1 ORDER BY c.created_at`,
      [runId],
    );

  it('are stored with a command for each run that listens for the type or for any', async () => {
    const [one, any, other] = [await run(), await run(), await run()];
    await listens(one, 'a.1');
    await listens(any, '');
    await listens(other, 'a.2');
    const sent = shopEvent('a.1');
    const { status, body } = await send(sent);
    expect(status).toBe(202);
    expect(body.events).toMatchObject([{ repeated: false, listeners: 2 }]);
    expect(await commandsOf(one)).toEqual([{ command: { kind: 'event', by: 'admin' }, event: sent }]);
    expect(await commandsOf(any)).toHaveLength(1);
    expect(await commandsOf(other)).toEqual([]);
    await eventually(() => rings.some(({ runId }) => runId === one));
    await api.query(`DELETE FROM event_subscriptions WHERE type = ''`);
  });

  it('come once, however often and by however many they are sent at the same time', async () => {
    const runId = await run();
    await listens(runId, 'b.1');
    const sent = shopEvent('b.1');
    const answers = await Promise.all(Array.from({ length: 8 }, () => send(sent)));
    expect(answers.filter(({ body }) => body.events[0]?.repeated === false)).toHaveLength(1);
    await send({ ...sent, source: '/another' });
    expect(await commandsOf(runId)).toHaveLength(2);
  });

  it('of a batch all come, in their order', async () => {
    const runId = await run();
    await listens(runId, 'c.1');
    const batch = [1, 2, 3].map((n) => shopEvent('c.1', { data: n }));
    await send(batch, 'application/cloudevents-batch+json');
    expect((await commandsOf(runId)).map((row) => row.event.data)).toEqual([1, 2, 3]);
  });

  it('go to the runs of their workspace only', async () => {
    const token = await api.tokenOf('other');
    const runId = await run('waiting', token);
    await listens(runId, 'd.1', 'other');
    expect((await send(shopEvent('d.1'))).body.events[0]?.listeners).toBe(0);
    expect((await signal(runId, { type: 'd.1' })).status).toBe(404);
    expect((await send(shopEvent('d.1'), undefined, token)).body.events[0]?.listeners).toBe(1);
  });

  it('for more than the limit are refused, and nobody gets them', async () => {
    const store = api.app.get(EventStore, { strict: false });
    const runs = [await run(), await run()];
    for (const runId of runs) await listens(runId, 'e.1');
    store.fanOutMax = 1;
    const sent = shopEvent('e.1');
    const refused = await send(sent);
    expect([refused.status, refused.body.detail]).toEqual([409, expect.stringContaining('eventFanOut')]);
    store.fanOutMax = 10;
    expect((await send(sent)).body.events[0]).toMatchObject({ repeated: false, listeners: 2 });
  });

  describe('sent to one run', () => {
    it('have the rest filled in', async () => {
      const runId = await run('running');
      const { status, body } = await signal(runId, { type: 'go', data: { n: 2 } });
      expect([status, body]).toEqual([
        202,
        { id: expect.any(String), source: `/v1/runs/${runId}`, type: 'go', repeated: false },
      ]);
      expect(await commandsOf(runId)).toMatchObject([
        {
          command: { kind: 'event', signal: true },
          event: { specversion: '1.0', type: 'go', data: { n: 2 } },
        },
      ]);
      await eventually(() => rings.some((ring) => ring.runId === runId));
    });

    it('count once by their id, and each for its run', async () => {
      const [one, other] = [await run(), await run()];
      const named = { type: 'go', id: 'g1', source: '/me' };
      expect((await signal(one, named)).body.repeated).toBe(false);
      expect((await signal(one, named)).body.repeated).toBe(true);
      expect((await signal(other, named)).body.repeated).toBe(false);
      expect(await commandsOf(one)).toHaveLength(1);
    });

    it('may be whole CloudEvents', async () => {
      const runId = await run();
      const whole = shopEvent('go', { subject: 's' });
      const headers = { 'content-type': 'application/cloudevents+json' };
      expect((await signal(runId, whole, { headers })).status).toBe(202);
      expect(await commandsOf(runId)).toMatchObject([{ event: whole }]);
    });

    it.each(['completed', 'faulted', 'cancelled'])('are refused by a run that is %s', async (status) => {
      const { status: answer, body } = await signal(await run(status), { type: 'go' });
      expect([answer, body.detail]).toEqual([409, expect.stringContaining(`The run has ended (${status})`)]);
    });

    it.each([
      ['no JSON', '{', 'no JSON'],
      ['a list', [], 'no object'],
      ['no type', { data: 1 }, 'type'],
      ['a wrong attribute', { type: 'go', Wrong: 1 }, 'attribute'],
      ['too much', { type: 'go', data: 'x'.repeat(300_000) }, 'larger than'],
    ])('are refused when there is %s', async (_, body, says) => {
      const answer = await signal(await run(), body);
      expect([answer.status, answer.body.detail]).toEqual([400, expect.stringContaining(says)]);
    });

    it('are not found where there is no run', async () => {
      expect((await signal(randomUUID(), { type: 'go' })).status).toBe(404);
      expect((await signal('x', { type: 'go' })).status).toBe(404);
    });
  });
});

import { type LifecycleMessage, type RunAccepted, type RunStarted, TOPICS } from '@tutti/contracts';
import { eventually } from '@tutti/testing';
import { type Answer, ApiHarness } from '../testing/api-harness.js';
import { applyWorkflow } from '../testing/fixtures.js';

/**
 * Runs with such a note are stored with another status, which the bus never tells: the database then knows it
 * from the first moment on, however slow the machine is.
 */
const STORED_AS = `
CREATE FUNCTION stored_as() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.status := replace(NEW.input::jsonb->>'note', 'stored as ', '');
  IF NEW.status = 'completed' THEN NEW.output := '7'; NEW.ended_at := clock_timestamp(); END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER stored_as BEFORE INSERT ON runs FOR EACH ROW WHEN (NEW.input LIKE '%"stored as %')
  EXECUTE FUNCTION stored_as()`;

describe('starting runs', () => {
  let api: ApiHarness;
  let runs: string;
  let inbox: RunAccepted[];
  beforeAll(async () => {
    api = await ApiHarness.start();
    runs = `/v1/workflows/test/${await applyWorkflow(api)}/runs`;
    api.bus.subscribe(TOPICS.runInbox, (messages) => {
      inbox.push(...(messages as RunAccepted[]));
    });
    await api.query(STORED_AS);
  });
  beforeEach(() => {
    inbox = [];
  });
  afterAll(() => api.close());

  const start = (body: unknown, headers: Record<string, string> = {}): Promise<Answer<RunStarted>> =>
    api.call<RunStarted>('POST', runs, { body, headers });

  /** What the orchestrator tells after its commit. */
  function ended(message: RunAccepted, status: 'completed' | 'faulted', more: object): LifecycleMessage {
    return {
      kind: 'run.changed',
      runId: message.runId,
      workspaceId: message.workspaceId,
      workflow: message.workflow,
      status,
      revision: 1,
      entries: [],
      ...more,
    };
  }

  it('answers 202 when the run is in the database, and puts it on the bus', async () => {
    const answer = await start({ amount: 1 });
    expect(answer.status).toBe(202);
    expect(answer.body).toEqual({ id: expect.any(String), status: 'running' });
    expect(answer.headers.get('location')).toBe(`/v1/runs/${answer.body.id}`);
    expect(await api.query('SELECT input, trigger FROM runs WHERE id = $1', [answer.body.id])).toEqual([
      { input: '{"amount":1}', trigger: 'api' },
    ]);
    await eventually(() => inbox.length === 1);
    expect(inbox[0]).toMatchObject({
      kind: 'run.accepted',
      runId: answer.body.id,
      input: { amount: 1 },
      trigger: 'api',
    });
  });

  it('answers 202 also while the brokers are away: the run is stored, and is sent later', async () => {
    const publish = api.bus.publish.bind(api.bus);
    let sendNow: () => void = () => undefined;
    const away = new Promise<void>((back) => (sendNow = back));
    api.bus.publish = async (topic, messages) => {
      await away;
      return publish(topic, messages);
    };
    try {
      const answer = await start({ amount: 3 });
      expect(answer.status).toBe(202);
      expect(inbox).toEqual([]);
      sendNow();
      await eventually(() => inbox.some(({ runId }) => runId === answer.body.id));
    } finally {
      api.bus.publish = publish;
    }
  });

  it('refuses an input that breaks the schema, with a pointer to each place', async () => {
    const answer = await start({ amount: -1, surplus: true });
    expect(answer.status).toBe(422);
    expect(answer.body.type).toBe('https://tutti.dev/problems/invalid-input');
    expect(answer.body.errors?.map(({ pointer }) => pointer).sort()).toEqual(['/amount', '/surplus']);
    expect((await start({})).body.errors).toEqual([{ pointer: '/amount', detail: '"amount" is missing' }]);
    expect(inbox).toEqual([]);
  });

  it('refuses an unknown and a disabled workflow', async () => {
    expect((await api.call('POST', '/v1/workflows/test/unknown/runs', { body: {} })).status).toBe(404);
    const name = await applyWorkflow(api);
    await api.call('PATCH', `/v1/workflows/test/${name}`, { body: { enabled: false } });
    const answer = await api.call('POST', `/v1/workflows/test/${name}/runs`, { body: { amount: 1 } });
    expect(answer.status).toBe(409);
    expect(answer.body.detail).toContain('disabled');
  });

  it('uses the new version of a workflow as soon as it is applied', async () => {
    const name = await applyWorkflow(api);
    const path = `/v1/workflows/test/${name}/runs`;
    expect((await api.call('POST', path, { body: { amount: 1 } })).status).toBe(202);
    const raw = `document: { dsl: '1.0.3', namespace: test, name: ${name}, version: '2.0.0' }\ndo:\n  - only:\n      set: { x: 1 }\n`;
    expect(
      (await api.call('PUT', '/v1/workflows', { raw, headers: { 'content-type': 'text/yaml' } })).body,
    ).toMatchObject({ change: 'updated' });
    expect((await api.call('POST', path, { body: { anything: 'goes' } })).status).toBe(202);
  });

  it('waits for the end when asked to, and answers with the output', async () => {
    const waiting = start({ amount: 1 }, { prefer: 'respond-async, wait=20' });
    await eventually(() => inbox.length === 1);
    await api.bus.publish(TOPICS.lifecycle, [
      ended(inbox[0] as RunAccepted, 'completed', { output: { sum: 3 } }),
    ]);
    const answer = await waiting;
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ id: inbox[0]?.runId, status: 'completed', output: { sum: 3 } });
    expect(answer.headers.get('preference-applied')).toBe('wait=20');
  });

  it('answers 200 with the error of a run that faulted in time', async () => {
    const waiting = start({ amount: 1 }, { prefer: 'wait=20' });
    await eventually(() => inbox.length === 1);
    const error = {
      type: 'https://serverlessworkflow.io/spec/1.0.0/errors/runtime',
      title: 'Runtime error',
      status: 500,
    };
    await api.bus.publish(TOPICS.lifecycle, [ended(inbox[0] as RunAccepted, 'faulted', { error })]);
    expect(await waiting).toMatchObject({ status: 200, body: { status: 'faulted', error } });
  });

  it('answers 202 when the time is over, but 200 when the database knows of an end', async () => {
    expect(await start({ amount: 1 }, { prefer: 'wait=0' })).toMatchObject({
      status: 202,
      body: { status: 'running' },
    });
    const answer = await start({ amount: 1, note: 'stored as completed' }, { prefer: 'wait=1' });
    expect(answer).toMatchObject({ status: 200, body: { status: 'completed', output: 7 } });
  });

  it('answers 202 with what the run waits for when the time is over', async () => {
    const input = { amount: 1, note: 'stored as waiting' };
    for (const prefer of ['wait=1', 'wait=0']) {
      const answer = await start(input, { prefer, 'idempotency-key': 'waits-for-a-person' });
      expect(answer).toMatchObject({ status: 202, body: { status: 'waiting' } });
    }
  });

  it('answers a repeat with the first run and does not start another', async () => {
    const key = { 'idempotency-key': '"8e03978e-40d5"' };
    const first = await start({ amount: 5 }, key);
    const second = await start({ amount: 5 }, { 'idempotency-key': '8e03978e-40d5' });
    expect(second).toMatchObject({ status: 202, body: { id: first.body.id } });
    expect(first.headers.get('idempotent-replayed')).toBeNull();
    expect(second.headers.get('idempotent-replayed')).toBe('true');
    await eventually(() => inbox.length > 0);
    expect(inbox).toHaveLength(1);
    await api.query(
      `UPDATE runs SET status = 'completed', output = '"done"', ended_at = clock_timestamp() WHERE id = $1`,
      [first.body.id],
    );
    expect(await start({ amount: 5 }, { ...key, prefer: 'wait=5' })).toMatchObject({
      status: 200,
      body: { status: 'completed', output: 'done' },
    });
  });

  it('refuses the key of another input, and a key that is none', async () => {
    const key = { 'idempotency-key': 'reused' };
    await start({ amount: 1 }, key);
    expect(await start({ amount: 2 }, key)).toMatchObject({
      status: 422,
      body: { type: 'https://tutti.dev/problems/idempotency-key-reused' },
    });
    expect((await start({ amount: 1 }, { 'idempotency-key': 'x'.repeat(300) })).status).toBe(400);
  });

  it('keeps the keys of two workflows apart', async () => {
    const other = await applyWorkflow(api);
    const headers = { 'idempotency-key': 'same-key' };
    const first = await start({ amount: 1 }, headers);
    const second = await api.call('POST', `/v1/workflows/test/${other}/runs`, {
      body: { amount: 2 },
      headers,
    });
    expect(second.status).toBe(202);
    expect(second.body.id).not.toBe(first.body.id);
  });

  it('starts one run for a hundred simultaneous requests with one key', async () => {
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => start({ amount: 9 }, { 'idempotency-key': 'race' })),
    );
    const statuses = new Set(answers.map(({ status }) => status));
    expect([...statuses].every((status) => status === 202 || status === 409)).toBe(true);
    expect(new Set(answers.filter(({ status }) => status === 202).map(({ body }) => body.id)).size).toBe(1);
    expect(
      answers
        .filter(({ status }) => status === 409)
        .every(({ body }) => String(body.type).endsWith('request-in-flight')),
    ).toBe(true);
    expect(await api.query(`SELECT count(*)::int AS n FROM idempotency_keys WHERE key = 'race'`)).toEqual([
      { n: 1 },
    ]);
    expect(await api.query(`SELECT count(*)::int AS n FROM runs WHERE input = '{"amount":9}'`)).toEqual([
      { n: 1 },
    ]);
  });

  it('asks for a key where the workflow requires one', async () => {
    const path = `/v1/workflows/test/${await applyWorkflow(api, { metadata: '{ tutti: { idempotency: required } }' })}/runs`;
    expect(await api.call('POST', path, { body: { amount: 1 } })).toMatchObject({
      status: 400,
      body: { type: 'https://tutti.dev/problems/idempotency-key-missing' },
    });
    expect(
      (await api.call('POST', path, { body: { amount: 1 }, headers: { 'idempotency-key': 'k' } })).status,
    ).toBe(202);
  });

  it('loses none of five hundred simultaneous starts', async () => {
    const answers = await Promise.all(
      Array.from({ length: 500 }, (_, i) => start({ amount: i, note: 'burst' })),
    );
    expect(answers.every(({ status }) => status === 202)).toBe(true);
    expect(await api.query(`SELECT count(*)::int AS n FROM runs WHERE input LIKE '%burst%'`)).toEqual([
      { n: 500 },
    ]);
    await eventually(() => inbox.length === 500);
  });
});

describe('a full accept queue', () => {
  it('is answered with 429 and a time to come back', async () => {
    const api = await ApiHarness.start({ config: { acceptQueueMax: 1, acceptBatchMax: 1 } });
    const path = `/v1/workflows/test/${await applyWorkflow(api)}/runs`;
    const waiting: Promise<Answer>[] = [];
    let refused: Answer | undefined;
    // While the table is locked no insert ends, so a request that is answered was not queued.
    await api.dataSource.transaction(async (session) => {
      await session.query('LOCK TABLE runs IN SHARE MODE');
      await eventually(() => {
        const answer = api.call('POST', path, { body: { amount: 1 } });
        waiting.push(answer);
        void answer.then((one) => (refused ??= one));
        return refused;
      });
    });
    expect(refused).toMatchObject({ status: 429 });
    expect(refused?.headers.get('retry-after')).toBe('1');
    const answers = await Promise.all(waiting);
    const accepted = answers.filter(({ status }) => status === 202);
    expect(accepted.length).toBeGreaterThan(0);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202, 429]));
    expect(await api.query('SELECT count(*)::int AS n FROM runs')).toEqual([{ n: accepted.length }]);
    await api.close();
  });
});

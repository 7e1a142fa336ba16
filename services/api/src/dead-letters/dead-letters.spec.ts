import {
  type DeadLetterBatch,
  type DeadLetterDetail,
  type DeadLetterItem,
  TOPICS,
  uuidv7,
} from '@tutti/contracts';
import { eventually } from '@tutti/testing';
import { ApiHarness, type Answer } from '../testing/api-harness.js';
import { applyWorkflow, openReview } from '../testing/fixtures.js';
import { dueMessage, keepLetter } from '../testing/letters.js';

type Page = { items: DeadLetterItem[]; nextCursor: string | null };

describe('dead letters', () => {
  let api: ApiHarness;
  const arrived: unknown[] = [];
  beforeAll(async () => {
    api = await ApiHarness.start();
    api.bus.subscribe(TOPICS.runInbox, (messages) => void arrived.push(...messages));
    api.bus.subscribe(TOPICS.calls, (messages) => void arrived.push(...messages));
  });
  beforeEach(async () => {
    arrived.length = 0;
    await api.query('DELETE FROM dead_letters');
  });
  afterAll(() => api.close());

  const list = async (query = '') => (await api.call<Page>('GET', `/v1/dead-letters${query}`)).body;
  const detail = async (id: string) =>
    (await api.call<DeadLetterDetail>('GET', `/v1/dead-letters/${id}`)).body;
  const edit = (id: string, body: object) =>
    api.call<DeadLetterDetail>('PUT', `/v1/dead-letters/${id}/payload`, { body });
  const act = (id: string, action: string) =>
    api.call<DeadLetterDetail>('POST', `/v1/dead-letters/${id}/${action}`);
  const bulk = (action: string, body: object, query = ''): Promise<Answer<DeadLetterBatch>> =>
    api.call<DeadLetterBatch>('POST', `/v1/dead-letters/${action}${query}`, { body });
  const audit = async () =>
    (
      await api.call<{ items: { action: string; target: string; after: unknown; before: unknown }[] }>(
        'GET',
        '/v1/audit',
      )
    ).body.items;

  describe('the list', () => {
    it('is newest first, paged, and filtered by status, topic, reason and text', async () => {
      const first = await keepLetter(api, { payload: '{"broken', reason: 'malformed' });
      const second = await keepLetter(api, { topic: 'acme.orders', detail: 'No supplier 4711 here' });
      const third = await keepLetter(api, { key: 'run-9' });
      await act(third, 'discard');
      const page = await list('?limit=2');
      expect(page.items.map(({ id }) => id)).toEqual([third, second]);
      expect((await list(`?limit=2&cursor=${page.nextCursor}`)).items.map(({ id }) => id)).toEqual([first]);
      const ids = async (query: string) => (await list(query)).items.map(({ id }) => id);
      expect(await ids('?status=open')).toEqual([second, first]);
      expect(await ids('?status=discarded,redriven')).toEqual([third]);
      expect(await ids('?topic=acme.orders')).toEqual([second]);
      expect(await ids('?reason=malformed')).toEqual([first]);
      expect(await ids('?q=SUPPLIER')).toEqual([second]);
      expect(await ids('?q=run-9')).toEqual([third]);
      expect(await ids('?q=broken')).toEqual([first]);
      expect(await ids(`?q=${first}`)).toEqual([first]);
      expect((await api.call('GET', '/v1/dead-letters?status=lost')).status).toBe(400);
    });

    it('is of the own workspace', async () => {
      const stranger = await api.tokenOf('letters-elsewhere');
      const id = await keepLetter(api);
      expect((await api.call('GET', '/v1/dead-letters', { token: stranger })).body.items).toEqual([]);
      for (const [method, path, body] of [
        ['GET', `/${id}`],
        ['PUT', `/${id}/payload`, { json: dueMessage() }],
        ['DELETE', `/${id}/payload`],
        ['POST', `/${id}/redrive`],
        ['POST', `/${id}/discard`],
        ['POST', `/${id}/reopen`],
      ] as const) {
        const answer = await api.call(method, `/v1/dead-letters${path}`, {
          token: stranger,
          ...(body && { body }),
        });
        expect([method, path, answer.status]).toEqual([method, path, 404]);
      }
      for (const action of ['redrive', 'discard']) {
        for (const body of [{ ids: [id] }, { filter: {} }])
          expect(
            (await api.call('POST', `/v1/dead-letters/${action}`, { token: stranger, body })).body.done,
          ).toBe(0);
      }
      expect((await detail(id)).status).toBe('open');
    });
  });

  describe('a letter', () => {
    it('shows its payload as JSON, text or base64, and its headers', async () => {
      const json = await keepLetter(api, { headers: { traceparent: '00-abc' } });
      expect(await detail(json)).toMatchObject({
        headers: { traceparent: '00-abc' },
        payload: { encoding: 'json' },
      });
      expect((await detail(await keepLetter(api, { payload: '{"half' }))).payload).toEqual({
        encoding: 'text',
        bytes: 6,
        text: '{"half',
        truncated: false,
      });
      const bytes = await keepLetter(api, { payload: Buffer.from([0, 255, 1]) });
      expect((await detail(bytes)).payload).toMatchObject({ encoding: 'base64', text: 'AP8B' });
    });

    it('names the run that it is for, and why it cannot be sent as it is', async () => {
      const { runId } = await openReview(api);
      const name = (await detail(await keepLetter(api, { key: runId, payload: '{}' }))).run;
      expect(name).toMatchObject({ id: runId, status: 'waiting', workflow: { namespace: 'test' } });
      const found = await detail(await keepLetter(api, { payload: { kind: 'run.due', runId: 5 } }));
      expect([found.run, found.problem]).toEqual([null, expect.stringContaining('/runId')]);
      expect((await detail(await keepLetter(api, { topic: 'acme.orders' }))).problem).toMatch(/not a topic/);
    });

    it('shows a payload that its record only refers to', async () => {
      const reference = uuidv7();
      await api.query('INSERT INTO bus_payloads (day, id, content) VALUES (current_date, $1, $2)', [
        reference,
        Buffer.from(JSON.stringify(dueMessage())),
      ]);
      const id = await keepLetter(api, { payload: '', headers: { 'tutti-payload': reference } });
      expect(await detail(id)).toMatchObject({ problem: null, payload: { encoding: 'json' } });
      expect((await act(id, 'redrive')).status).toBe(200);
    });

    it('is edited to what its topic takes; the original is kept, and can be had back', async () => {
      const id = await keepLetter(api, { payload: '{"kind":"run.due"', reason: 'malformed' });
      const message = dueMessage();
      const edited = await edit(id, { json: message });
      expect(edited).toMatchObject({ status: 200, body: { edited: true, problem: null } });
      expect(edited.body.payload.text).toBe('{"kind":"run.due"');
      expect(JSON.parse(edited.body.editedPayload?.text ?? '')).toEqual(message);
      expect((await audit())[0]).toMatchObject({
        action: 'dead-letter.edited',
        target: `dead-letter:${id}`,
        before: { payload: '{"kind":"run.due"' },
        after: { payload: JSON.stringify(message) },
      });
      const restored = await api.call<DeadLetterDetail>('DELETE', `/v1/dead-letters/${id}/payload`);
      expect(restored.body).toMatchObject({ edited: false, editedPayload: null });
    });

    it('refuses an edit with the place of each error', async () => {
      const id = await keepLetter(api);
      const wrong = await edit(id, {
        text: '{\n  "kind": "call.settled",\n  "runId": 7,\n  "callId": "c"\n}',
      });
      expect(wrong.status).toBe(422);
      expect(wrong.body.errors).toContainEqual(
        expect.objectContaining({ pointer: '/runId', line: 3, column: 3 }),
      );
      const syntax = await edit(id, { text: '{\n  "kind": nope\n}' });
      expect(syntax.body.errors).toEqual([expect.objectContaining({ line: 2, column: 12 })]);
      const unknown = await edit(id, { json: { kind: 'run.forgotten' } });
      expect(unknown.body.errors).toEqual([expect.objectContaining({ pointer: '/kind' })]);
      for (const body of [{}, { json: 1, text: '1' }]) expect((await edit(id, body)).status).toBe(400);
      expect((await detail(id)).edited).toBe(false);
    });

    it('cannot be made to reach into another workspace', async () => {
      await api.tokenOf('victim');
      const id = await keepLetter(api);
      const { runId } = await openReview(api);
      await api.query(`UPDATE runs SET workspace_id = 'victim' WHERE id = $1`, [runId]);
      expect(await edit(id, { json: dueMessage(runId) })).toMatchObject({
        status: 422,
        body: { errors: [{ pointer: '/runId' }] },
      });
      const accepted = { ...acceptedMessage(uuidv7()), workspaceId: 'victim' };
      expect((await edit(id, { json: accepted })).body.errors).toMatchObject([{ pointer: '/workspaceId' }]);
    });
  });

  describe('redriving', () => {
    it('sends the edited message, and closes the letter', async () => {
      const id = await keepLetter(api, { payload: 'nonsense', reason: 'malformed' });
      expect((await act(id, 'redrive')).status).toBe(422);
      expect((await detail(id)).status).toBe('open');
      const message = dueMessage();
      await edit(id, { json: message });
      expect((await act(id, 'redrive')).body).toMatchObject({
        status: 'redriven',
        redrives: 1,
        resolvedBy: 'admin',
      });
      await eventually(() => arrived.length > 0);
      expect(arrived).toEqual([message]);
      expect((await act(id, 'redrive')).status).toBe(409);
      expect((await edit(id, { json: message })).status).toBe(409);
      expect((await audit())[0]).toMatchObject({
        action: 'dead-letter.redriven',
        target: `dead-letter:${id}`,
      });
    });

    it('marks a call as one that may have been begun before', async () => {
      const runId = uuidv7();
      const id = await keepLetter(api, { topic: 'acme-prod.calls.v1', payload: callMessage(runId) });
      expect((await act(id, 'redrive')).status).toBe(200);
      await eventually(() => arrived.length > 0);
      expect(arrived).toMatchObject([{ kind: 'call.request', runId, redelivered: true }]);
    });

    it('happens once, whoever clicks how often', async () => {
      const id = await keepLetter(api);
      const answers = await Promise.all(Array.from({ length: 8 }, () => act(id, 'redrive')));
      expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array<number>(7).fill(409)]);
      await eventually(() => arrived.length > 0);
      expect(arrived).toHaveLength(1);
    });

    it('happens once for letters that two people choose together', async () => {
      const ids: string[] = [];
      for (let i = 0; i < 30; i++) ids.push(await keepLetter(api));
      const answers = await Promise.all([
        bulk('redrive', { ids }),
        bulk('redrive', { filter: {} }),
        bulk('discard', { ids }),
      ]);
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
      const { items } = await list('?limit=100');
      const redriven = items.filter(({ status }) => status === 'redriven').length;
      await eventually(() => arrived.length >= redriven);
      expect(arrived).toHaveLength(redriven);
      expect(items.filter(({ status }) => status === 'open')).toEqual([]);
      expect(answers.reduce((sum, { body }) => sum + body.done, 0)).toBe(30);
    });

    it('changes nothing while the bus is away', async () => {
      const id = await keepLetter(api);
      const status = api.bus.status.bind(api.bus);
      api.bus.status = () => ({ ...status(), connected: false });
      try {
        expect(await act(id, 'redrive')).toMatchObject({
          status: 503,
          body: { detail: expect.stringMatching(/bus/) },
        });
        expect((await bulk('redrive', { filter: {} })).status).toBe(503);
      } finally {
        api.bus.status = status;
      }
      expect(await detail(id)).toMatchObject({ status: 'open', redrives: 0, resolvedAt: null });
      expect((await act(id, 'redrive')).status).toBe(200);
    });

    it('changes nothing when the bus closes before it has acknowledged', async () => {
      const id = await keepLetter(api);
      const publish = api.bus.publish.bind(api.bus);
      api.bus.publish = () => Promise.reject(new Error('The bus is closed.'));
      try {
        expect((await act(id, 'redrive')).status).toBe(503);
      } finally {
        api.bus.publish = publish;
      }
      expect(await detail(id)).toMatchObject({ status: 'open', redrives: 0 });
    });

    it('counts how often a message was sent when it comes back as another letter', async () => {
      const message = dueMessage();
      await act(await keepLetter(api, { payload: `\n${JSON.stringify(message)} ` }), 'redrive');
      const second = await keepLetter(api, { payload: message });
      expect(await detail(second)).toMatchObject({ status: 'open', redrives: 1 });
      await act(second, 'redrive');
      expect(await detail(await keepLetter(api, { payload: message }))).toMatchObject({ redrives: 2 });
      expect(await detail(await keepLetter(api))).toMatchObject({ redrives: 0 });
    });
  });

  describe('many at once', () => {
    it('plans without doing anything, and says what would be refused', async () => {
      const good = await keepLetter(api);
      const bad = await keepLetter(api, { payload: 'x', reason: 'malformed' });
      const { body } = await bulk('redrive', { ids: [good, bad] }, '?plan=true');
      expect(body).toMatchObject({
        plan: true,
        matched: 2,
        done: 1,
        refused: [{ id: bad, detail: 'The payload is not JSON.' }],
        skipped: 0,
        groups: [
          { topic: TOPICS.runInbox, reason: 'refused', count: 1 },
          { topic: TOPICS.runInbox, reason: 'malformed', count: 1 },
        ],
      });
      expect((await list('?status=open')).items).toHaveLength(2);
      expect(arrived).toEqual([]);
    });

    it('goes on batch by batch, in the order in which the messages came', async () => {
      const runIds: string[] = [];
      for (let i = 0; i < 230; i++) {
        const message = dueMessage();
        runIds.push(message.runId);
        await keepLetter(api, { payload: i === 3 ? 'x' : message });
      }
      const first = (await bulk('redrive', { filter: { topic: TOPICS.runInbox } })).body;
      expect(first).toMatchObject({ matched: 230, done: 199, skipped: 0, nextCursor: expect.any(String) });
      expect(first.refused).toHaveLength(1);
      const second = (await bulk('redrive', { filter: { topic: TOPICS.runInbox }, cursor: first.nextCursor }))
        .body;
      expect(second).toMatchObject({ matched: 30, done: 30, nextCursor: null });
      await eventually(() => arrived.length === 229);
      expect(arrived.map((message) => (message as { runId: string }).runId)).toEqual(
        runIds.filter((_, i) => i !== 3),
      );
      expect((await list('?status=open')).items).toHaveLength(1);
      expect((await audit())[0]).toMatchObject({ action: 'dead-letter.redriven', target: 'dead-letters:30' });
    });

    it('discards by filter, and never without one', async () => {
      await keepLetter(api, { reason: 'malformed' });
      const other = await keepLetter(api);
      expect((await bulk('discard', {})).status).toBe(400);
      expect((await bulk('discard', { ids: [other], filter: {} })).status).toBe(400);
      expect((await bulk('discard', { filter: { reason: 'malformed' } })).body).toMatchObject({
        matched: 1,
        done: 1,
      });
      expect((await list('?status=open')).items.map(({ id }) => id)).toEqual([other]);
    });
  });

  it('a discarded letter is reopened, a redriven one is not', async () => {
    const id = await keepLetter(api);
    expect((await act(id, 'discard')).body).toMatchObject({ status: 'discarded', resolvedBy: 'admin' });
    expect(await act(id, 'redrive')).toMatchObject({
      status: 409,
      body: { detail: expect.stringMatching(/Reopen/) },
    });
    expect((await act(id, 'reopen')).body).toMatchObject({
      status: 'open',
      resolvedAt: null,
      resolvedBy: null,
    });
    expect((await act(id, 'reopen')).status).toBe(409);
    await act(id, 'redrive');
    expect((await act(id, 'reopen')).status).toBe(409);
    expect((await audit()).slice(0, 3).map(({ action }) => action)).toEqual([
      'dead-letter.redriven',
      'dead-letter.reopened',
      'dead-letter.discarded',
    ]);
  });

  it('letters of triggers say that triggers do not run here', async () => {
    await applyWorkflow(api);
    const id = await keepLetter(api, { topic: 'acme.orders', triggerId: uuidv7() });
    expect((await detail(id)).problem).toMatch(/[Tt]rigger/);
  });
});

function acceptedMessage(runId: string) {
  return {
    kind: 'run.accepted',
    runId,
    workspaceId: 'default',
    workflowId: uuidv7(),
    workflow: { namespace: 'n', name: 'w', version: '1', versionId: uuidv7() },
    trigger: 'api',
    input: {},
    acceptedAt: 1,
    traceId: 'a'.repeat(32),
    rootSpanId: 'b'.repeat(16),
  };
}

function callMessage(runId: string) {
  return {
    kind: 'call.request',
    runId,
    workspaceId: 'default',
    workflow: { namespace: 'n', name: 'w', version: '1', versionId: uuidv7() },
    callId: 'c',
    attempt: 1,
    task: '/do/0/pay',
    taskName: 'pay',
    target: { kind: 'http' },
    input: {},
    effect: 'write',
    idempotencyKey: 'k',
    timeoutMs: 1000,
    redelivered: false,
    trace: { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) },
  };
}

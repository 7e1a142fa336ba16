import { type LifecycleMessage, type ReviewDetail, type RunInboxMessage, TOPICS } from '@tutti/contracts';
import { eventually } from '@tutti/testing';
import { ApiHarness } from '../testing/api-harness.js';
import { applyWorkflow, DATA, FORM, openReview } from '../testing/fixtures.js';

describe('reviews', () => {
  let api: ApiHarness;
  let inbox: RunInboxMessage[];
  let lifecycle: LifecycleMessage[];
  beforeAll(async () => {
    api = await ApiHarness.start();
    api.bus.subscribe(TOPICS.runInbox, (messages) => {
      inbox.push(...messages);
    });
    api.bus.subscribe(TOPICS.lifecycle, (messages) => {
      lifecycle.push(...messages.filter(({ kind }) => kind === 'review.changed'));
    });
  });
  beforeEach(() => {
    inbox = [];
    lifecycle = [];
  });
  afterAll(() => api.close());

  const decide = (id: string, body: object) =>
    api.call<ReviewDetail>('POST', `/v1/reviews/${id}/decision`, { body });

  it('shows a review with its form, its data and its token', async () => {
    const { id, runId, token } = await openReview(api);
    expect((await api.call('GET', `/v1/reviews/${id}`)).body).toMatchObject({
      id,
      runId,
      token,
      status: 'open',
      form: FORM,
      data: DATA,
      decision: null,
      task: '/do/0/check',
      workflow: { namespace: 'test' },
    });
  });

  it('takes the form from the capability that the review names', async () => {
    const output = { type: 'object', properties: { invoice: { type: 'object' } } };
    await api.query(
      `INSERT INTO plugins (name, version, contract, description, origin, state) VALUES ('doc-x', '1.0.0', 1, $1, 'folder', 'loaded')`,
      [
        JSON.stringify({
          kind: 'doc',
          settings: {},
          capabilities: [
            { name: 'document.extract', summary: 's', effect: 'read', input: {}, output, reconciles: false },
          ],
        }),
      ],
    );
    const { id } = await openReview(api, { form: { $capability: 'document.extract' } });
    expect((await api.call('GET', `/v1/reviews/${id}`)).body.form).toEqual(output);
  });

  it('approves with edits: both values are kept, the run is commanded, the change is audited', async () => {
    const { id, runId, token } = await openReview(api);
    const data = {
      ...DATA,
      total: '13.00',
      lines: [{ text: 'bolts' }, { text: 'washers' }, { text: 'more' }],
    };
    const answer = await decide(id, { decision: 'approve', token, data, comment: 'misread' });
    const edits = [
      { path: '/total', before: '12.00', after: '13.00' },
      { path: '/lines/1/text', before: 'nuts', after: 'washers' },
      { path: '/lines/2', before: null, after: { text: 'more' } },
    ];
    expect(answer).toMatchObject({
      status: 200,
      body: {
        status: 'approved',
        token: null,
        decidedBy: 'admin',
        decision: { approved: true, data, edits, comment: 'misread' },
      },
    });
    await eventually(() => inbox.length === 1 && lifecycle.length === 1);
    expect(inbox[0]).toMatchObject({
      kind: 'run.commanded',
      runId,
      command: { kind: 'review.decided', reviewId: id, by: 'admin', decision: { edits } },
    });
    expect(lifecycle[0]).toEqual({
      kind: 'review.changed',
      reviewId: id,
      runId,
      workspaceId: 'default',
      status: 'approved',
    });
    expect(await api.query('SELECT id FROM run_commands WHERE run_id = $1', [runId])).toEqual([
      { id: (inbox[0] as { commandId: string }).commandId },
    ]);
    expect(await api.query('SELECT action FROM audit_events WHERE target = $1', [`review:${id}`])).toEqual([
      { action: 'review.approved' },
    ]);
  });

  it('rejects', async () => {
    const { id, token } = await openReview(api);
    expect((await decide(id, { decision: 'reject', token })).body).toMatchObject({
      status: 'rejected',
      decision: { approved: false, edits: [] },
    });
  });

  it('decides once, however many decide at the same time', async () => {
    const { id, runId, token } = await openReview(api);
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, i) => decide(id, { decision: i % 2 ? 'approve' : 'reject', token })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    const refused = answers.filter(({ status }) => status === 409);
    expect(refused).toHaveLength(11);
    expect(refused.every(({ body }) => body.type === 'https://tutti.dev/problems/already-decided')).toBe(
      true,
    );
    expect(await api.query('SELECT count(*)::int AS n FROM run_commands WHERE run_id = $1', [runId])).toEqual(
      [{ n: 1 }],
    );
  });

  it('refuses the token of another review', async () => {
    const [one, other] = [await openReview(api), await openReview(api)];
    expect(await decide(one.id, { decision: 'approve', token: other.token })).toMatchObject({
      status: 403,
      body: { type: 'https://tutti.dev/problems/forbidden' },
    });
    expect(inbox).toEqual([]);
  });

  it('refuses edited data that breaks the form, with a pointer to each field', async () => {
    const { id, token } = await openReview(api);
    const answer = await decide(id, { decision: 'approve', token, data: { number: 5, total: 'a lot' } });
    expect(answer.status).toBe(422);
    expect(answer.body.errors?.map(({ pointer }) => pointer).sort()).toEqual(['/data/number', '/data/total']);
    expect((await api.call('GET', `/v1/reviews/${id}`)).body.status).toBe('open');
  });

  it('lets a person approve unedited data that the form would refuse', async () => {
    const { id, token } = await openReview(api, { data: { number: 'A-1' } });
    expect((await decide(id, { decision: 'approve', token })).status).toBe(200);
  });

  it('says that a decided review is decided, whatever the token', async () => {
    const { id, token } = await openReview(api);
    await decide(id, { decision: 'reject', token });
    expect(await decide(id, { decision: 'approve', token: '' })).toMatchObject({
      status: 409,
      body: { review: { status: 'rejected', decidedBy: 'admin' } },
    });
  });

  it('pages through reviews in the order in which they were opened', async () => {
    const name = await applyWorkflow(api);
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) ids.push((await openReview(api, { name })).id);
    for (const [query, wanted] of [
      ['status=open&', ids],
      ['', ids.toReversed()],
    ] as const) {
      const seen: string[] = [];
      let cursor: string | null = '';
      while (cursor !== null) {
        const path: string = `/v1/reviews?${query}workflow=test/${name}&limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`;
        const { body } = await api.call<{ items: ReviewDetail[]; nextCursor: string | null }>('GET', path);
        seen.push(...body.items.map(({ id }) => id));
        cursor = body.nextCursor;
      }
      expect(seen).toEqual(wanted);
    }
    expect((await api.call('GET', '/v1/reviews?cursor=AAAA')).status).toBe(400);
  });

  it('lists open ones oldest first, and by run', async () => {
    const reviews = [await openReview(api), await openReview(api)];
    const open = await api.call<{ items: ReviewDetail[] }>('GET', '/v1/reviews?status=open&limit=200');
    const ids = open.body.items.map(({ id }) => id);
    expect(ids.indexOf(reviews[0]?.id ?? '')).toBeLessThan(ids.indexOf(reviews[1]?.id ?? ''));
    expect(open.body.items.every(({ status }) => status === 'open')).toBe(true);
    const ofRun = await api.call<{ items: ReviewDetail[] }>('GET', `/v1/reviews?runId=${reviews[1]?.runId}`);
    expect(ofRun.body.items.map(({ id }) => id)).toEqual([reviews[1]?.id]);
    expect((await api.call('GET', '/v1/reviews?status=sleeping')).status).toBe(400);
  });
});

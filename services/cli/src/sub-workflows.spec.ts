import { EXIT } from './session/io.js';
import { CliHarness } from './testing/cli-harness.js';

const PARENT = '018f0000-0000-7000-8000-000000000001';
const CHILD = '018f0000-0000-7000-8000-000000000002';
const summary = {
  status: 'completed',
  trigger: 'api',
  startedAt: '2026-01-01T00:00:00.000Z',
  endedAt: '2026-01-01T00:00:01.000Z',
  durationMs: 1_000,
  costMicros: 0,
  currency: null,
  traceId: 't',
  retryOf: null,
  error: null,
};
const workflow = (name: string) => ({ namespace: 'shop', name, version: '1.0.0' });
const relative = (id: string, name: string) => ({
  id,
  position: '/do/0/ship',
  workflow: workflow(name),
  status: 'completed',
});
const detail = (id: string, more: object) => ({
  ...summary,
  id,
  workflow: workflow('order'),
  input: {},
  output: null,
  revision: 2,
  waitsFor: null,
  active: [],
  parent: null,
  children: [],
  ...more,
});

describe('tutti and sub-workflows', () => {
  const cli = CliHarness.forSuite();

  it('shows which run started which', async () => {
    cli.replies = {
      [`GET /v1/runs/${PARENT}`]: { body: detail(PARENT, { children: [relative(CHILD, 'ship')] }) },
      [`GET /v1/runs/${CHILD}`]: { body: detail(CHILD, { parent: relative(PARENT, 'order') }) },
    };
    const parent = await cli.run(['show', PARENT]);
    expect([parent.exitCode, parent.err]).toEqual([EXIT.ok, '']);
    expect(parent.out).toMatch(`started run  ${CHILD}  completed  shop/ship 1.0.0, at /do/0/ship\n`);
    expect(parent.out).not.toContain('started by');
    const child = await cli.run(['show', CHILD]);
    expect(child.out).toMatch(
      new RegExp(`started by +${PARENT}  completed  shop/order 1.0.0, at /do/0/ship\n`),
    );
  });

  it('lists the runs that a run started', async () => {
    const items = [{ ...summary, id: CHILD, workflow: workflow('ship') }];
    cli.replies = { 'GET /v1/runs': { body: { items, nextCursor: null } } };
    const { out } = await cli.run(['runs', '--parent', PARENT]);
    expect(cli.seen.at(-1)?.url).toBe(`/v1/runs?parent=${PARENT}`);
    expect(out).toContain(CHILD);
  });

  it('names the run and how it ended in the journal', async () => {
    const of = { at: '2026-01-01T00:00:00.000Z', position: '/do/0/ship', name: 'ship', task: '/do/0/ship' };
    const items = [
      { ...of, sequence: 1, kind: 'child.started', runId: CHILD, workflow: workflow('ship'), awaited: true },
      { ...of, sequence: 2, kind: 'child.ended', runId: CHILD, status: 'faulted' },
    ];
    cli.replies = { [`GET /v1/runs/${PARENT}/journal`]: { body: { items, nextCursor: null } } };
    const { out } = await cli.run(['show', PARENT, '--journal']);
    expect(out).toContain(`child.started  /do/0/ship  shop/ship 1.0.0, run ${CHILD}`);
    expect(out).toContain(`child.ended    /do/0/ship  run ${CHILD}, faulted`);
  });
});

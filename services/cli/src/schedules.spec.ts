import { EXIT } from './session/io.js';
import { CliHarness } from './testing/cli-harness.js';

const RUN = '019a0000-0000-7000-8000-000000000000';
const ITEM = {
  workflow: { namespace: 'a', name: 'b' },
  kind: 'cron',
  expression: '0 6 * * *',
  timezone: 'Europe/Berlin',
  overlap: 'skip',
  catchUp: 'all',
  catchUpMax: 5,
  state: 'active',
  error: null,
  nextAt: '2026-11-23T05:00:00.000000Z',
  waitsForRun: null,
  heldAt: null,
  lastPlannedAt: '2026-11-22T05:00:00.000000Z',
  lastRunId: RUN,
  fired: 7,
  skipped: 3,
  updatedAt: '2026-11-22T04:30:00.000000Z',
};
const FIRE = {
  plannedAt: '2026-11-22T05:00:00.000000Z',
  throughAt: '2026-11-22T05:00:00.000000Z',
  outcome: 'fired',
  reason: null,
  detail: null,
  count: 1,
  at: '2026-11-22T05:00:00.100000Z',
  run: { id: RUN, status: 'completed', ended: true },
};
const DETAIL = {
  ...ITEM,
  nextTimes: ['2026-11-23T05:00:00.000Z', '2026-11-24T05:00:00.000Z'],
  fires: [FIRE, { ...FIRE, outcome: 'skipped', reason: 'missed', count: 3, run: null }],
};

describe('tutti schedules', () => {
  const cli = CliHarness.forSuite();

  it('lists them with their next times, and says what to do while there are none', async () => {
    cli.replies = { 'GET /v1/schedules': { body: { items: [ITEM], nextCursor: null } } };
    expect((await cli.run(['schedules'])).out).toContain('a/b       active  cron 0 6 * * * Europe/Berlin');
    cli.replies = { 'GET /v1/schedules': { body: { items: [], nextCursor: null } } };
    expect((await cli.run(['schedules', 'list'])).out).toContain('Write "schedule" into a workflow');
  });

  it('lists the workflows that events start, with what waits', async () => {
    const item = {
      workflow: { namespace: 'a', name: 'b' },
      state: 'active',
      on: 'all',
      types: ['x.1', 'x.2'],
      waiting: 2,
      oldestWaitingAt: '2026-11-22T05:00:00.000000Z',
      waitsFor: 'It is full.',
      sets: 3,
      oldestSetAt: '2026-11-22T05:00:00.000000Z',
    };
    cli.replies = { 'GET /v1/event-schedules': { body: { items: [item], nextCursor: null } } };
    expect((await cli.run(['schedules', 'events'])).out).toMatch(
      /a\/b +active +all +x.1, x.2 +2 .* 3 .*It is full/,
    );
    cli.replies = { 'GET /v1/event-schedules': { body: { items: [], nextCursor: null } } };
    expect((await cli.run(['schedules', 'events'])).out).toContain('No event starts a workflow');
  });

  it('shows what became of the last times, and fails for one that cannot be worked out', async () => {
    cli.replies = { 'GET /v1/schedules/a/b': { body: DETAIL } };
    const { out, exitCode } = await cli.run(['schedules', 'show', 'a/b']);
    expect(exitCode).toBe(EXIT.ok);
    expect(out).toContain('all, at most 5');
    expect(out).toMatch(/skipped 3 +missed/);
    expect(out).toMatch(new RegExp(`fired +${RUN} +completed`));
    cli.replies = {
      'GET /v1/schedules/a/b': { body: { ...DETAIL, state: 'failing', error: 'no such zone' } },
    };
    expect(await cli.run(['schedules', 'show', 'a/b'])).toMatchObject({ exitCode: EXIT.failed });
  });

  it('pauses, resumes and fires', async () => {
    cli.replies = {
      'POST /v1/schedules/a/b/pause': { body: DETAIL },
      'POST /v1/schedules/a/b/resume': { body: DETAIL },
      'POST /v1/schedules/a/b/fire': { status: 202, body: { id: RUN, status: 'running' } },
    };
    expect((await cli.run(['schedules', 'pause', 'a/b'])).out).toBe('the schedule of a/b is paused\n');
    expect((await cli.run(['schedules', 'resume', 'a/b'])).out).toBe('the schedule of a/b goes on\n');
    const fired = await cli.run(['schedules', 'fire', 'a/b', '--key', 'k1']);
    expect(fired.out).toBe(`run ${RUN} is started\n`);
    expect((await cli.run(['schedules', 'fire', 'b'])).exitCode).toBe(EXIT.usage);
  });
});

import { EXIT } from './session/io.js';
import { CliHarness } from './testing/cli-harness.js';

const TRIGGER = `kind: Trigger
metadata: { name: invoices }
spec: { workflow: { namespace: a, name: b }, kafka: { topic: t } }
`;

const ITEM = {
  id: '019a0000-0000-7000-8000-000000000000',
  name: 'invoices',
  kind: 'kafka',
  workflow: { namespace: 'a', name: 'b' },
  source: 't',
  connection: 'erp',
  enabled: true,
  state: 'running',
  error: null,
  lag: 7,
  lastRecordAt: '2026-11-22T05:00:00.123456Z',
  records: { taken: 10, filtered: 2, dead: 1, repeated: 0 },
  runsStarted: 7,
  version: 3,
  contentHash: 'abcdef0123456789',
  createdBy: 'admin',
  createdAt: '2026-11-22T04:00:00.000000Z',
  updatedAt: '2026-11-22T04:30:00.000000Z',
};
const DETAIL = {
  ...ITEM,
  text: TRIGGER,
  definition: {},
  consumerGroup: 'tutti.trigger.1',
  partitions: [{ partition: 0, lag: 7, process: 'p1' }],
  places: { waiting: 4, taken: 2, limit: 2 },
};

describe('tutti triggers', () => {
  const cli = CliHarness.forSuite();

  it('applies triggers after the workflows that they start', async () => {
    cli.write('a-trigger.yaml', TRIGGER);
    cli.write('b-workflow.yaml', 'document: { dsl: 1.0.3 }\n');
    const applied = { version: '1', change: 'created', findings: [], contentHash: 'x' };
    cli.replies = {
      'PUT /v1/workflows': { body: { ...applied, kind: 'Workflow', namespace: 'a', name: 'b' } },
      'PUT /v1/triggers': { body: { ...applied, kind: 'Trigger', name: 'invoices' } },
    };
    const result = await cli.run(['apply', '-f', '.']);
    expect(result).toMatchObject({ exitCode: EXIT.ok, err: '' });
    expect(result.out).toBe(
      'b-workflow.yaml: Workflow a/b 1 created\na-trigger.yaml: Trigger invoices 1 created\n',
    );
    expect(cli.seen.map(({ url }) => url)).toEqual(['/v1/workflows', '/v1/triggers']);
    expect(cli.seen[1]?.body).toBe(TRIGGER);
  });

  it('lists them with what they do, and says what to do while there are none', async () => {
    cli.replies = { 'GET /v1/triggers': { body: { items: [ITEM], nextCursor: null } } };
    expect((await cli.run(['triggers'])).out).toContain('invoices  running  t at erp  a/b');
    cli.replies = { 'GET /v1/triggers': { body: { items: [], nextCursor: null } } };
    expect((await cli.run(['triggers', 'list'])).out).toContain('npx tutti apply -f TRIGGER.yaml');
  });

  it('shows one with its records, places and partitions, or its text', async () => {
    cli.replies = { 'GET /v1/triggers/invoices': { body: DETAIL } };
    const { out, exitCode } = await cli.run(['triggers', 'show', 'invoices']);
    expect(exitCode).toBe(EXIT.ok);
    expect(out).toContain('10 taken, 2 filtered, 1 dead, 0 repeated');
    expect(out).toContain('7 started, 2 of 2 under way, 4 waiting');
    expect(out).toMatch(/PARTITION +LAG +READ BY\n +0 +7 +p1/);
    expect((await cli.run(['triggers', 'show', 'invoices', '--yaml'])).out).toBe(TRIGGER);
  });

  it('ends with 1 when the trigger that is shown fails', async () => {
    cli.replies = {
      'GET /v1/triggers/invoices': { body: { ...DETAIL, state: 'failing', error: 'no topic' } },
    };
    const { out, exitCode } = await cli.run(['triggers', 'show', 'invoices']);
    expect([exitCode, /error +no topic/.test(out)]).toEqual([EXIT.failed, true]);
  });

  it('pauses, resumes and deletes', async () => {
    cli.replies = {
      'PATCH /v1/triggers/invoices': { body: DETAIL },
      'DELETE /v1/triggers/invoices': { status: 204, body: null },
    };
    expect((await cli.run(['triggers', 'pause', 'invoices'])).out).toBe('invoices is paused\n');
    expect((await cli.run(['triggers', 'resume', 'invoices'])).out).toBe('invoices goes on\n');
    expect((await cli.run(['triggers', 'delete', 'invoices'])).out).toBe('invoices is removed\n');
    expect(cli.seen.map(({ method, body }) => [method, body])).toEqual([
      ['PATCH', '{"enabled":false}'],
      ['PATCH', '{"enabled":true}'],
      ['DELETE', ''],
    ]);
  });
});

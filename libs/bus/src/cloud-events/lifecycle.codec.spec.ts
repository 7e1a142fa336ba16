import { type JournalEntry, type RunChanged, uuidv7 } from '@tutti/contracts';
import { decodeLifecycle, encodeLifecycle } from './lifecycle.codec.js';

const AT = Date.UTC(2026, 10, 22, 4, 30);
const TIME = '2026-11-22T04:30:00.000Z';
const trace = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' };
const problem = {
  type: 'https://serverlessworkflow.io/spec/1.0.0/errors/timeout',
  title: 'Late',
  status: 408,
};
const workflow = { namespace: 'finance', name: 'invoice', version: '1.0.0', versionId: uuidv7() };

function change(entries: JournalEntry[], more: Partial<RunChanged> = {}): RunChanged {
  const runId = uuidv7();
  return {
    kind: 'run.changed',
    runId,
    workspaceId: 'default',
    workflow,
    status: 'running',
    revision: 3,
    entries,
    trace,
    ...more,
  };
}

function of(name: string, position = `/do/0/${name}`) {
  return { task: `/do/0/${name}`, name, position, at: AT, type: 'call' };
}

/** A record as a Kafka client gives it back. */
function read({ headers, value }: { headers: Record<string, string>; value: string }) {
  const buffers = Object.fromEntries(
    Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)]),
  );
  return decodeLifecycle(buffers, Buffer.from(value));
}

describe('the lifecycle events of a run', () => {
  it('are the standard events of Serverless Workflow, each with the data that the DSL defines', () => {
    const entries: JournalEntry[] = [
      { kind: 'run.started', at: AT },
      { kind: 'task.started', ...of('match') },
      { kind: 'task.retried', ...of('match'), attempt: 1, delayMs: 5, error: problem },
      { kind: 'task.completed', ...of('match'), output: { ok: true } },
      { kind: 'task.started', ...of('pay') },
      { kind: 'task.faulted', ...of('pay'), error: problem },
      { kind: 'run.faulted', at: AT, error: problem },
    ];
    const message = change(entries, { status: 'faulted', error: problem });
    const run = `invoice-${message.runId}.finance`;
    const ofTask = (task: string) => ({ workflow: run, task: `/do/0/${task}` });
    expect(
      encodeLifecycle(message).map(({ headers, value }) => [headers.ce_type, JSON.parse(value)]),
    ).toEqual([
      [
        'io.serverlessworkflow.workflow.started.v1',
        {
          name: run,
          startedAt: TIME,
          definition: { name: 'invoice', namespace: 'finance', version: '1.0.0' },
        },
      ],
      ['io.serverlessworkflow.task.created.v1', { ...ofTask('match'), createdAt: TIME }],
      ['io.serverlessworkflow.task.started.v1', { ...ofTask('match'), startedAt: TIME }],
      ['io.serverlessworkflow.task.retried.v1', { ...ofTask('match'), retriedAt: TIME }],
      [
        'io.serverlessworkflow.task.completed.v1',
        { ...ofTask('match'), completedAt: TIME, output: { ok: true } },
      ],
      ['io.serverlessworkflow.task.created.v1', { ...ofTask('pay'), createdAt: TIME }],
      ['io.serverlessworkflow.task.started.v1', { ...ofTask('pay'), startedAt: TIME }],
      ['io.serverlessworkflow.task.faulted.v1', { ...ofTask('pay'), faultedAt: TIME, error: problem }],
      ['io.serverlessworkflow.workflow.faulted.v1', { name: run, faultedAt: TIME, error: problem }],
    ]);
  });

  it('say the same of every task that was under way when the run is suspended, resumed or cancelled', () => {
    const openTasks = [{ task: '/do/0/a', position: '/do/0/a' }];
    const types = (kind: 'run.suspended' | 'run.resumed' | 'run.cancelled') =>
      encodeLifecycle(change([{ kind, at: AT, by: 'anna' }], { openTasks })).map(({ headers }) =>
        headers.ce_type?.replace(/^io\.serverlessworkflow\.|\.v1$/g, ''),
      );
    expect(types('run.suspended')).toEqual(['task.suspended', 'workflow.suspended']);
    expect(types('run.resumed')).toEqual(['workflow.resumed', 'task.resumed']);
    expect(types('run.cancelled')).toEqual(['task.cancelled', 'workflow.cancelled']);
  });

  it('say when a run begins to wait for events, and when it has them', () => {
    const pointer = '/do/0/all/with/subscription/foreach';
    const records = encodeLifecycle(
      change([
        { kind: 'listen.started', ...of('orders') },
        { kind: 'task.completed', ...of('orders'), type: 'listen' },
        // It goes through messages that are there already.
        { kind: 'task.completed', ...of('all'), task: pointer, type: 'listen' },
      ]),
      'workflow',
    );
    expect(records.map(({ headers }) => headers.ce_type)).toEqual([
      'io.serverlessworkflow.workflow.correlation-started.v1',
      'io.serverlessworkflow.workflow.correlation-completed.v1',
    ]);
  });

  it('carry the attributes of the Kafka binding, with the run as key and its root span as parent', () => {
    const message = change([{ kind: 'run.started', at: AT }]);
    const [record] = encodeLifecycle(message);
    expect(record?.key).toBe(message.runId);
    expect(record?.headers).toMatchObject({
      ce_specversion: '1.0',
      ce_id: `${message.runId}-3-0`,
      ce_source: '/v1/workflows/finance/invoice',
      ce_type: 'io.serverlessworkflow.workflow.started.v1',
      ce_time: TIME,
      ce_subject: message.runId,
      ce_partitionkey: message.runId,
      'content-type': 'application/json',
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
      ce_traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    });
  });

  it('name the instance of a task in a loop, whose pointer is the same each time', () => {
    const [, started] = encodeLifecycle(change([{ kind: 'task.started', ...of('add', '/do/0/loop/2/add') }]));
    expect(started?.headers.ce_tuttiposition).toBe('/do/0/loop/2/add');
  });

  it('have the same ids when they are published again, at every level', () => {
    const message = change([
      { kind: 'task.started', ...of('pay') },
      { kind: 'task.completed', ...of('pay') },
      { kind: 'run.completed', at: AT },
    ]);
    const ids = (level?: 'workflow') => encodeLifecycle(message, level).map(({ headers }) => headers.ce_id);
    const { runId } = message;
    expect(ids()).toEqual([`${runId}-3-0`, `${runId}-3-1`, `${runId}-3-2`, `${runId}-3-3`]);
    expect(ids()).toEqual(ids());
    expect(ids('workflow')).toEqual([`${runId}-3-3`]);
  });

  it('leave out data over 64 KiB and say where to read it', () => {
    const output = { text: 'ü'.repeat(40_000) };
    const message = change(
      [
        { kind: 'task.completed', ...of('pay'), output },
        { kind: 'run.completed', at: AT },
      ],
      { status: 'completed', output },
    );
    const records = encodeLifecycle(message);
    expect(records.map(({ headers }) => headers.ce_tuttidata)).toEqual([
      `/v1/runs/${message.runId}/journal`,
      `/v1/runs/${message.runId}`,
    ]);
    expect(records.map(({ value }) => Object.keys(JSON.parse(value)))).toEqual([
      ['workflow', 'task', 'completedAt'],
      ['name', 'completedAt'],
    ]);
    expect(read(records[1] as (typeof records)[1])).toMatchObject({ status: 'completed', elsewhere: true });
  });

  it('keep what an error is when its details are too large', () => {
    const error = { ...problem, detail: 'x'.repeat(70_000) };
    const [record] = encodeLifecycle(
      change([{ kind: 'run.faulted', at: AT, error }], { status: 'faulted', error }),
    );
    expect(JSON.parse(record?.value as string)).toMatchObject({ error: problem });
    expect(record?.value).not.toContain('xxx');
  });
});

describe('what the hub reads from its lifecycle topic', () => {
  const settled: JournalEntry = {
    kind: 'call.settled',
    ...of('pay'),
    callId: 'c',
    attempt: 1,
    startedAt: AT - 70,
    connection: 'erp-main',
    outcome: { status: 'succeeded', output: { secret: 'of the hub alone' } },
  };
  const turns: [string, RunChanged][] = [
    ['a turn with several events', change([{ kind: 'task.started', ...of('pay') }, settled])],
    ['a turn without a standard event', change([{ kind: 'wait.started', ...of('pause'), until: AT }])],
    ['the end of a run', change([{ kind: 'run.completed', at: AT }], { status: 'completed', output: [1] })],
    [
      'a fault',
      change([{ kind: 'run.faulted', at: AT, error: problem }], { status: 'faulted', error: problem }),
    ],
    ['a turn without entries', change([], { status: 'waiting' })],
  ];

  describe.each(['all', 'workflow', 'internal'] as const)('at the level %s', (level) => {
    it.each(turns)('is one change for %s', (_name, message) => {
      const read = encodeLifecycle(message, level).map((record) =>
        decodeLifecycle(record.headers, record.value),
      );
      const changes = read.filter((one) => one !== null);
      const { entries: _entries, ...rest } = message;
      expect(changes).toHaveLength(1);
      expect(changes[0]).toMatchObject(rest);
    });
  });

  it('is of a settled call what is counted: connection, begin, end and status, and nothing else', () => {
    const records = encodeLifecycle(change([settled]));
    expect(records).toHaveLength(1);
    expect(read(records[0] as (typeof records)[0])).toMatchObject({
      entries: [
        {
          kind: 'call.settled',
          connection: 'erp-main',
          startedAt: AT - 70,
          at: AT,
          outcome: { status: 'succeeded' },
        },
      ],
    });
    expect(JSON.stringify(records)).not.toContain('of the hub alone');
  });

  it('is the change of a review and of definitions', () => {
    const review = {
      kind: 'review.changed',
      reviewId: uuidv7(),
      runId: uuidv7(),
      workspaceId: 'default',
      status: 'open',
    } as const;
    const definitions = { kind: 'definitions.changed', workspaceId: 'default', what: 'policy' } as const;
    for (const message of [review, definitions]) {
      const [record, ...more] = encodeLifecycle(message);
      expect(more).toEqual([]);
      expect(read(record as NonNullable<typeof record>)).toEqual(message);
    }
  });

  it('refuses a record that is no change of a run though it says so, for it is a dead letter', () => {
    expect(() => decodeLifecycle({ ce_tuttirevision: '3' }, '{}')).toThrow('ce_tuttistatus');
  });

  it('takes nothing from the events of others', () => {
    expect(decodeLifecycle({ ce_type: 'com.example.someevent', ce_id: '1' }, 'no JSON')).toBeNull();
    expect(decodeLifecycle({}, null)).toBeNull();
  });
});

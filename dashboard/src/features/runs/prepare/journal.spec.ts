import { entriesOf, lineOf, topicOf, type Entry } from './journal';
import { latestByTask, taskFacts } from './task-facts';

const task = { task: '/do/0/read', name: 'read', position: '/do/0/read' };
const items = (...entries: Record<string, unknown>[]): Entry[] =>
  entriesOf(
    entries.map(
      (entry, sequence) =>
        ({ sequence, at: new Date(1e12 + sequence * 1000).toISOString(), ...entry }) as never,
    ),
  );
const failed = {
  status: 'failed',
  fate: 'transient',
  error: { type: 'x', status: 503, title: 'Down', detail: 'refused' },
};

describe('the journal in words', () => {
  it('says what a call cost and how sure it was', () => {
    const [entry] = items({
      kind: 'call.settled',
      ...task,
      callId: 'c',
      attempt: 1,
      startedAt: 1e12 - 1500,
      capability: 'document.extract',
      connection: 'ocr',
      outcome: {
        status: 'succeeded',
        output: {},
        confidence: 0.82,
        usage: { inputTokens: 100, outputTokens: 20, model: 'm', costMicros: 1500, currency: 'USD' },
      },
    });
    expect(lineOf(entry as Entry)).toEqual({
      title: 'document.extract over ocr answered',
      detail: '1.50 s · confidence 0.82 · m · 120 tokens · $0.0015',
      status: 'completed',
    });
  });
  it('says why a candidate was passed over', () => {
    const [entry] = items({
      kind: 'call.attempted',
      ...task,
      callId: 'c',
      attempt: 2,
      capability: 'a.b',
      connection: 'two',
      policy: { name: 'p', version: '3' },
      candidates: [
        { connection: 'one', verdict: 'failed', because: 'It timed out.' },
        { connection: 'two', verdict: 'chosen' },
      ],
    });
    expect(lineOf(entry as Entry).detail).toBe('attempt 2 · policy p 3 · one passed over: It timed out.');
  });
  it('says which events a task waits for, and what became of them', () => {
    const event = { id: 'e1', source: '/shop', type: 'order.paid' };
    const lines = items(
      { kind: 'listen.started', ...task, types: ['order.paid', 'order.lost'] },
      { kind: 'listen.started', ...task },
      { kind: 'event.received', ...task, event, as: 'consumed' },
      { kind: 'event.received', ...task, event, as: 'until' },
      { kind: 'event.kept', event },
      { kind: 'event.refused', event, because: 'Too many wait' },
    ).map((entry) => lineOf(entry));
    expect(lines).toEqual([
      { title: 'read waits for events', detail: 'order.paid, order.lost', status: 'waiting' },
      { title: 'read waits for events', detail: 'of any type', status: 'waiting' },
      { title: 'read received order.paid', detail: 'e1 · from /shop', status: 'completed' },
      { title: 'read ends with order.paid', detail: 'e1 · from /shop', status: 'completed' },
      { title: 'order.paid waits for a task that listens', detail: 'e1 · from /shop', status: 'waiting' },
      { title: 'order.paid was refused', detail: 'Too many wait · e1 · from /shop', status: 'faulted' },
    ]);
  });
  it('has a line for a kind it does not know', () =>
    expect(lineOf(items({ kind: 'later.kind' })[0] as Entry)).toMatchObject({ title: 'later.kind' }));
  it('sorts kinds by what they are about', () =>
    expect(['run.started', 'call.settled', 'review.opened', 'wait.started'].map(topicOf)).toEqual([
      'run',
      'call',
      'review',
      'task',
    ]));
});

describe('what the journal says of tasks', () => {
  it('keeps every attempt of a call', () => {
    const [facts] = taskFacts(
      items(
        { kind: 'run.started' },
        { kind: 'task.started', ...task, type: 'call' },
        { kind: 'call.attempted', ...task, callId: 'c', attempt: 1 },
        { kind: 'call.settled', ...task, callId: 'c', attempt: 1, startedAt: 1e12 + 2000, outcome: failed },
        { kind: 'task.retried', ...task, type: 'call', attempt: 1, delayMs: 10, error: { title: 'Down' } },
        { kind: 'call.attempted', ...task, callId: 'c', attempt: 2 },
      ),
    );
    expect(facts).toMatchObject({ state: 'running', type: 'call', endedMs: null });
    expect(
      facts?.attempts.map(({ attempt, failed: bad, said, endedMs }) => [
        attempt,
        bad,
        said,
        endedMs === null,
      ]),
    ).toEqual([
      [1, true, 'refused', false],
      [2, false, null, true],
    ]);
  });
  it('shows a task that waits for a person as waiting, then as what it became', () => {
    const opened = [
      { kind: 'task.started', ...task, type: 'call' },
      { kind: 'review.opened', ...task, reviewId: 'r', because: 'unsure' },
    ];
    expect(taskFacts(items(...opened))[0]).toMatchObject({ state: 'waiting', reviewId: 'r', idle: true });
    expect(
      taskFacts(
        items(
          ...opened,
          { kind: 'review.decided', ...task, decision: {} },
          { kind: 'task.completed', ...task, type: 'call' },
        ),
      )[0],
    ).toMatchObject({ state: 'completed' });
  });
  it('ends open tasks with the run', () => {
    expect(
      taskFacts(
        items({ kind: 'task.started', ...task, type: 'call' }, { kind: 'run.cancelled', by: 'x' }),
      )[0],
    ).toMatchObject({ state: 'cancelled', endedMs: 1e12 + 1000 });
  });
  it('tells the turns of a loop apart and shows the last in the graph', () => {
    const facts = taskFacts(
      items(
        { kind: 'task.completed', ...task, position: '/do/0/read#0', type: 'set' },
        { kind: 'task.faulted', ...task, position: '/do/0/read#1', type: 'set', error: { title: 'no' } },
      ),
    );
    expect(facts).toHaveLength(2);
    expect(latestByTask(facts).get('/do/0/read')).toMatchObject({ times: 2, facts: { state: 'faulted' } });
  });
});

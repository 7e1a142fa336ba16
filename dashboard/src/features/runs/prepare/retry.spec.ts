import type { RetryPreview } from '@tutti/contracts';
import type { Entry } from './journal';
import { planSections, planSummary, retryTasks } from './retry';

const none = { count: 0, items: [] };
const call = {
  task: '/do/0/pay',
  name: 'pay',
  position: '/do/0/pay',
  capability: 'erp.pay',
  connection: 'erp',
  effect: 'write' as const,
};
const plan: NonNullable<RetryPreview['plan']> = {
  from: { task: '/do/1/tell', name: 'tell', position: '/do/1/tell' },
  kept: { count: 3, items: [{ ...call, receipt: true }] },
  firstTurn: {
    status: 'running',
    tasks: none,
    calls: { count: 1, items: [{ ...call, connection: null, capability: null, underWay: true }] },
    reviews: none,
    events: 0,
    error: null,
  },
  repeated: { count: 1, items: [{ ...call, receipt: false }] },
  possible: none,
};

describe('the preview of a retry', () => {
  it('leaves out what there is not, counts what is not listed, and warns of writes', () => {
    const sections = planSections(plan);
    expect(sections.map(({ title, tone, more }) => [title.split(':')[0], tone, more])).toEqual([
      ['Called at once', 'plain', 0],
      ['Succeeded before, called again when the run comes there', 'warn', 0],
      ['Kept', 'plain', 2],
    ]);
    expect(sections[0]?.lines).toEqual(['pay: HTTP (write), with the key that it had']);
    expect(sections[2]?.lines).toEqual(['pay: erp.pay over erp (write), has a receipt']);
    expect(planSummary(plan)).toBe('Begins at tell: 1 call and 0 questions at once, 3 answers kept.');
  });

  it('says first that it faults at once', () => {
    const error = { type: 'x', title: 'No', status: 500, detail: 'It is wrong' };
    const [first] = planSections({ ...plan, firstTurn: { ...plan.firstTurn, error } });
    expect(first).toMatchObject({ tone: 'bad', lines: ['It is wrong'] });
  });

  it('offers each task that started once', () => {
    const started = (name: string, position: string) =>
      ({ kind: 'task.started', name, position, task: position, at: 0 }) as Entry;
    const entries = [started('a', '/do/0/a'), started('b', '/do/1/b'), started('a', '/do/0/a')];
    expect(retryTasks(entries).map(({ position }) => position)).toEqual(['/do/0/a', '/do/1/b']);
  });
});

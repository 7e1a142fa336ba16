import { entriesOf } from './journal';
import { loopsOf, marksOf, turnsOf } from './run-marks';
import { taskFacts } from './task-facts';
import type { JournalItem } from '@/hub/types';

let sequence = 0;
const entry = (kind: string, position: string, more: object = {}) => ({
  kind,
  at: `2026-01-01T00:00:${String(sequence % 60).padStart(2, '0')}.000Z`,
  sequence: (sequence += 1),
  task: position.replaceAll(/\[\d+\]/g, ''),
  name: position.split('/').at(-1),
  position,
  type: 'set',
  ...more,
});
const factsOf = (entries: object[]) => taskFacts(entriesOf(entries as unknown as JournalItem[]));
const error = { type: 'x', title: 'No', status: 500 };
const now = { endedMs: null, turns: {}, forks: [] };

describe('marks of a run', () => {
  const loop = Array.from({ length: 30 }, (_, turn) => [
    entry('task.started', `/do/0/loop[${turn}]/do/0/paint`),
    turn === 7
      ? entry('task.faulted', `/do/0/loop[${turn}]/do/0/paint`, { error })
      : entry('task.completed', `/do/0/loop[${turn}]/do/0/paint`),
  ]).flat();

  it('shows the latest turn of a loop, or the one that is picked', () => {
    const facts = factsOf(loop);
    expect(loopsOf(facts)).toEqual([{ loop: '/do/0/loop', name: 'loop', turns: 30, faulted: [7] }]);
    expect(marksOf(facts, now).get('/do/0/loop/do/0/paint')).toMatchObject({ state: 'completed', times: 30 });
    const picked = marksOf(facts, { ...now, turns: { '/do/0/loop': 7 } });
    expect(picked.get('/do/0/loop/do/0/paint')).toMatchObject({ state: 'faulted', times: 1 });
  });

  it('tells the turns of loops in loops apart', () => {
    expect(turnsOf('/do/0/outer[1]/do/0/inner#2[4]/do/0/add')).toEqual([
      { loop: '/do/0/outer', turn: 1 },
      { loop: '/do/0/outer/do/0/inner', turn: 4 },
    ]);
  });

  it('counts the branches of a wide fork by their state', () => {
    const id = '/do/0/wide/fork/branches';
    const facts = factsOf([
      entry('task.started', `${id}/0/a`),
      entry('task.started', `${id}/1/b`),
      entry('task.started', `${id}/1/b/do/0/inner`),
      entry('task.completed', `${id}/0/a`),
    ]);
    const marks = marksOf(facts, { ...now, forks: [{ id, fork: '/do/0/wide', branches: 8 }] });
    expect(marks.get(id)).toMatchObject({ state: 'running', note: '1 running, 1 completed, 6 not begun' });
  });

  it('counts how often a task was tried again', () => {
    const facts = factsOf([
      entry('task.started', '/do/0/t'),
      ...[1, 2, 3].map((attempt) => entry('task.retried', '/do/0/t', { attempt, delayMs: 1000, error })),
      entry('task.completed', '/do/0/t'),
    ]);
    expect(marksOf(facts, now).get('/do/0/t')).toMatchObject({ state: 'completed', retries: 3 });
    expect(facts[0]?.retries.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
  });
});

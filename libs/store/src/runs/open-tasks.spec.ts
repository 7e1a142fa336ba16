import type { JournalEntry } from '@tutti/contracts';
import { openTasksAfter, openTasksAt } from './open-tasks.js';

const of = (position: string) => ({ task: '/do/0/a', name: 'a', position, at: 1, type: 'set' });
const started = (position: string): JournalEntry => ({ kind: 'task.started', ...of(position) });
const completed = (position: string): JournalEntry => ({ kind: 'task.completed', ...of(position) });

describe('the open tasks of a run', () => {
  it('are those that were started and have not ended, each instance by itself', () => {
    const entries = [started('1'), started('2'), completed('1'), started('3')];
    expect(openTasksAfter(entries).map(({ position }) => position)).toEqual(['2', '3']);
  });

  it('are taken at the moment of the cancellation, with what the turn did before it', () => {
    const entries: JournalEntry[] = [
      completed('1'),
      started('2'),
      { kind: 'run.cancelled', at: 1, by: 'anna' },
      started('3'),
    ];
    expect(openTasksAt([{ task: '/do/0/a', position: '1' }], entries)).toEqual([
      { task: '/do/0/a', position: '2' },
    ]);
  });
});

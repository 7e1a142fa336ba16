import type { JournalEntry } from '@tutti/contracts';
import { packTurn, unpackEntries, unpackEvents } from './journal-codec.js';

const TASK = { task: '/do/0/a', name: 'a', position: '/do/0/a', at: 5 };

describe('the journal row of a turn', () => {
  it('stores the answer of a call once and gives it back in every place', () => {
    const output = { total: '12.50', lines: [1, 2, 3] };
    const outcome = { status: 'succeeded' as const, output, confidence: 0.9 };
    const events = [{ at: 5, event: { kind: 'settled', callId: '/do/0/a', attempt: 1, outcome } }];
    const entries: JournalEntry[] = [
      { ...TASK, kind: 'call.settled', callId: '/do/0/a', attempt: 1, startedAt: 4, outcome },
      { ...TASK, kind: 'task.completed', type: 'call', output },
      { kind: 'run.completed', at: 5 },
    ];
    const row = packTurn(events, entries);
    expect((row.event + row.entries).split('12.50')).toHaveLength(2);
    expect(unpackEntries(row)).toEqual(entries);
  });

  it('stores the output of a sub-workflow once and gives it back', () => {
    const output = { total: '12.50' };
    const command = { kind: 'child.ended', runId: 'r', position: '/do/0/a', status: 'completed', output };
    const entries: JournalEntry[] = [
      { ...TASK, kind: 'child.ended', runId: 'r', status: 'completed' },
      { ...TASK, kind: 'task.completed', type: 'workflow', output },
    ];
    const row = packTurn([{ at: 5, event: { kind: 'command', command } }], entries);
    expect((row.event + row.entries).split('12.50')).toHaveLength(2);
    expect(unpackEntries(row)).toEqual(entries);
  });

  it('keeps an output that a filter made out of the answer', () => {
    const outcome = { status: 'succeeded' as const, output: { a: { b: 1 } } };
    const events = [{ at: 5, event: { kind: 'settled', callId: 'c', attempt: 2, outcome } }];
    const entries: JournalEntry[] = [
      { ...TASK, kind: 'call.settled', callId: 'c', attempt: 2, startedAt: 4, outcome },
      { ...TASK, kind: 'task.completed', type: 'call', output: { b: 1 } },
    ];
    expect(unpackEntries(packTurn(events, entries))).toEqual(entries);
  });

  it('keeps failures, empty answers and turns without calls as they are', () => {
    const error = { type: 't', status: 500, title: 'Away' };
    const failed = { status: 'failed' as const, fate: 'transient' as const, error };
    const nothing = { status: 'succeeded' as const, output: null };
    const events = [
      { at: 5, event: { kind: 'settled', callId: 'c', attempt: 1, outcome: failed } },
      { at: 5, event: { kind: 'settled', callId: 'd', attempt: 1, outcome: nothing } },
    ];
    const entries: JournalEntry[] = [
      { ...TASK, kind: 'call.settled', callId: 'c', attempt: 1, startedAt: 4, outcome: failed },
      { ...TASK, kind: 'call.settled', callId: 'd', attempt: 1, startedAt: 4, outcome: nothing },
      { ...TASK, kind: 'task.completed', type: 'call', output: null },
    ];
    expect(unpackEntries(packTurn(events, entries))).toEqual(entries);
    const plain: JournalEntry[] = [{ kind: 'run.started', at: 1 }];
    expect(unpackEntries(packTurn([{ at: 1, event: { kind: 'due' } }], plain))).toEqual(plain);
  });

  it('takes the input out of the start event and puts it back', () => {
    const start = { kind: 'start', run: { id: 'r' }, input: { secretive: 'x'.repeat(100) } };
    const row = packTurn([{ at: 1, event: start }], []);
    expect(row.event).not.toContain('xxx');
    expect(unpackEvents([{ event: row.event, input: JSON.stringify(start.input) }])).toEqual([
      { at: 1, event: start },
    ]);
  });
});

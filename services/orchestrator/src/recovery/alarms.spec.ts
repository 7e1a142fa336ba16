import { jest } from '@jest/globals';
import { InProcessBus } from '@tutti/bus';
import { TOPICS } from '@tutti/contracts';
import type { RunStore } from '@tutti/store';
import type { Clock } from '../turns/clock.js';
import type { TurnMaker } from '../turns/turn-maker.js';
import { Alarms } from './alarms.js';

describe('alarms', () => {
  it('wait a while after the bus was away, so that results which were held up come first', async () => {
    const bus = new InProcessBus();
    let connected = true;
    const status = bus.status.bind(bus);
    jest.spyOn(bus, 'status').mockImplementation(() => ({ ...status(), connected }));
    const sent: string[] = [];
    bus.subscribe(TOPICS.runInbox, (messages) => {
      sent.push(...messages.map(({ runId }) => runId));
    });
    const store = {
      takeDue: () => Promise.resolve([{ runId: 'due', dueAtMs: 1 }]),
      takeCommands: () => Promise.resolve([]),
    } as unknown as RunStore;
    const now = jest.spyOn(performance, 'now');
    const alarms = new Alarms(store, bus, {} as TurnMaker, {} as Clock);
    try {
      now.mockReturnValue(500);
      await alarms.sweep();
      await new Promise((done) => setImmediate(done));
      expect(sent.splice(0)).toEqual(['due']);
      for (const [atMs, isConnected] of [
        [1_000, false],
        [2_000, true],
        [15_900, true],
      ] as const) {
        now.mockReturnValue(atMs);
        connected = isConnected;
        await alarms.sweep();
      }
      await new Promise((done) => setImmediate(done));
      expect(sent).toEqual([]);
      now.mockReturnValue(16_100);
      await alarms.sweep();
      await new Promise((done) => setImmediate(done));
      expect(sent).toEqual(['due']);
    } finally {
      now.mockRestore();
    }
  });
});

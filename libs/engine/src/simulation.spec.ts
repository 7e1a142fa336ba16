import { describe, expect, test } from '@jest/globals';
import { BROKEN } from '../test/simulation/broken.js';
import { replayHistory, simulate } from '../test/simulation/simulate.js';

const REPLAY = process.env.TUTTI_SIMULATION_SEED;
const HISTORIES = Number(process.env.TUTTI_SIMULATION_HISTORIES ?? 100_000);
const SEED = Number(process.env.TUTTI_SIMULATION_FROM ?? Math.floor(Math.random() * 2 ** 30));
/** So many histories are enough to find any of the broken engines. */
const HISTORIES_TO_FIND = 20_000;
/** Against hanging only: the machine may have others to serve. */
const TEST_MS_MAX = 600_000;

describe('any workflow under faults', () => {
  if (REPLAY !== undefined) {
    test(`replays ${REPLAY}`, () => {
      const { failed, text } = replayHistory(REPLAY);
      console.log(text);
      expect(failed).toBe(false);
    });
    return;
  }

  test(
    `does what it must in ${HISTORIES} histories`,
    () => {
      const from = performance.now();
      const cpuFrom = process.cpuUsage();
      const failure = simulate({ seed: SEED, histories: HISTORIES });
      const seconds = ((performance.now() - from) / 1000).toFixed(1);
      const { user, system } = process.cpuUsage(cpuFrom);
      const cpuSeconds = ((user + system) / 1e6).toFixed(1);
      console.log(
        `simulation: ${HISTORIES} histories from TUTTI_SIMULATION_FROM=${SEED}: ${seconds} s, ${cpuSeconds} s of CPU`,
      );
      if (failure === undefined) return;
      const { seed, message } = failure;
      const told = replayHistory(seed).text;
      throw new Error(`${message}
Replay it with TUTTI_SIMULATION_SEED=${seed}

${told}`);
    },
    TEST_MS_MAX,
  );
});

describe('the simulation finds an engine that', () => {
  test.each(Object.entries(BROKEN))(
    '%s',
    (_, parts) => {
      const failure = simulate({ seed: SEED, histories: HISTORIES_TO_FIND }, parts);
      expect(failure).toBeDefined();
      expect(replayHistory(failure?.seed ?? '', parts).text).toContain('WRONG');
    },
    TEST_MS_MAX,
  );
});

test('a history is the same each time', () => {
  expect(replayHistory(`${SEED}-3`)).toEqual(replayHistory(`${SEED}-3`));
});

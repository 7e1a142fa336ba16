import { firstTurn } from '../testing/first-turn.js';
import { faultTurn } from './fault-turn.js';
import { STATE_CHARS_MAX } from './run-size.js';

const TEXT_CHARS = 15_000_000;

/** The first turn of a run that makes so many large texts, and then goes on as told. */
function turnOf(texts: number, then: string) {
  const set = Array.from({ length: texts }, (_, i) => `t${i}: '\${ "x" * ${TEXT_CHARS} }'`).join(', ');
  return firstTurn(`  - large: { set: { ${set} } }${then}`);
}

const over = Math.floor(STATE_CHARS_MAX / TEXT_CHARS) + 1;
const WAIT = '\n  - later: { wait: PT1H }';

describe('a run that grows over stateCharsMax', () => {
  it.each([
    ['state', WAIT],
    ['output', ''],
  ])('is faulted because of its %s, with what to do about it', (what, then) => {
    const { run, decide } = turnOf(over, then);
    expect(decide).toThrow(new RegExp(`^its ${what} is \\d+ characters .*stateCharsMax.*output\\.as`));
    const { turn } = faultTurn(run, new Error(`its ${what} is too large`), 3);
    expect(turn).toMatchObject({ status: 'faulted', state: null });
    expect(turn.ended?.error).toContain(`The hub could not go on with this run: its ${what} is too large`);
  });

  it('goes on below it', () => {
    const { decide } = turnOf(over - 1, WAIT);
    expect(decide()?.turn.status).toBe('waiting');
  });
});

import { describe, expect, test } from '@jest/globals';
import { Driver, failed, RUN_ID, succeeded } from '../test/driver.js';

const script = (more = '') =>
  `- s: { run: { script: { language: js, code: '1', arguments: [ '\${ .x }' ] } }${more} }`;
const shell = (more = '') =>
  `- s: { run: { shell: { command: make, stdin: in, environment: { TOKEN: canary } } }${more} }`;

describe('run: script, shell and container', () => {
  test('are calls with everything evaluated', () => {
    const driver = new Driver(script()).start({ x: { y: 1 } });
    expect(driver.call).toEqual({
      kind: 'call',
      callId: '/do/0/s',
      attempt: 1,
      position: '/do/0/s',
      task: '/do/0/s',
      taskName: 's',
      target: { kind: 'script' },
      input: { language: 'javascript', code: '1', arguments: ['{"y":1}'], environment: {}, return: 'stdout' },
      effect: 'read',
      idempotencyKey: `${RUN_ID}:/do/0/s`,
      timeoutMs: 30_000,
    });
    expect(driver.answer('text').output).toBe('text');
  });

  test('a script leaves no receipt, a command does', () => {
    const receipts = (driver: Driver) => driver.effects.filter(({ kind }) => kind === 'receipt').length;
    expect(receipts(new Driver(script()).start({ x: 1 }).settle(succeeded('')))).toBe(0);
    expect(receipts(new Driver(shell()).start().settle(succeeded('')))).toBe(1);
  });

  test.each([
    [shell(), 300_000],
    [shell(', timeout: { after: PT10M }'), 600_000],
    [shell(', timeout: { after: P1D }'), 3_600_000],
    [script(', timeout: { after: PT5S }'), 5_000],
  ])('have the time of their task: %s', (yaml, timeoutMs) => {
    expect(new Driver(yaml).start({ x: 1 }).call.timeoutMs).toBe(timeoutMs);
  });

  test('a command whose end is not known is asked about, without what may be secret', () => {
    const driver = new Driver(shell()).start().settle(failed('unknown'));
    const { because, context } = driver.openReview;
    expect(because).toMatch(/^The command may or may not have happened/);
    expect(context).toMatchObject({ input: { command: 'make' } });
    expect(JSON.stringify([driver.openReview, driver.entries])).not.toContain('canary');
  });

  test('a failure is caught as that of any call', () => {
    const yaml = `
- t:
    try: [ ${script().slice(2)} ]
    catch: { errors: { with: { status: 503 } }, do: [ { c: { set: { caught: true } } } ] }`;
    expect(new Driver(yaml).start({ x: 1 }).settle(failed('permanent')).output).toEqual({ caught: true });
  });
});

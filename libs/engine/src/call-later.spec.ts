import type { CallAnswered, CallOutcome } from '@tutti/contracts';
import { connection, Driver, failed, succeeded } from '../test/driver.js';
import { earliestDue } from './due.js';

const ROBOT = connection('robot', ['job.run'], 'write');
const WORKFLOW = '- job: { call: job.run:1@default, with: { x: 1 } }';
const HOUR = 3_600_000;

const pending = (more: object = {}): CallOutcome =>
  succeeded(null, { pending: { state: { job: 7 }, forMs: HOUR, ...more } } as Partial<CallOutcome>);
const begun = (yaml = WORKFLOW) => new Driver(yaml, { connections: [ROBOT] }).start();
const answered = (driver: Driver, answer: unknown, more: Partial<CallAnswered> = {}) => {
  const { position, idempotencyKey } = driver.call;
  const command = { kind: 'call.answered', by: 'robot', position, idempotencyKey } as const;
  return driver.command({ ...command, connection: 'robot', answer, ...more });
};

it('waits without an attempt, and goes on with the answer', () => {
  const driver = begun().settle(pending());
  expect(driver.status).toBe('waiting');
  expect(earliestDue(driver.state as never)).toBe(driver.now + HOUR);
  answered(driver, { ok: true });
  expect(driver.call).toMatchObject({
    attempt: 2,
    effect: 'idempotent-write',
    later: { state: { job: 7 }, answer: { ok: true } },
  });
  expect(driver.answer('done').output).toBe('done');
});

it('takes an answer that comes before the promise of it', () => {
  const driver = begun();
  answered(driver, 1);
  expect(driver.calls).toHaveLength(1);
  driver.settle(pending());
  expect(driver.call.later).toEqual({ state: { job: 7 }, answer: 1 });
});

it('takes an answer whose attempt was lost, though nobody knows what became of that', () => {
  const driver = begun();
  answered(driver, 1);
  driver.settle(failed('unknown'));
  expect(driver.call).toMatchObject({ attempt: 2, later: { state: null, answer: 1 } });
});

it('asks a person no more whether it happened when the answer comes', () => {
  const driver = begun().settle(failed('unknown'));
  const { reviewId } = driver.openReview;
  answered(driver, 1);
  expect(driver.last).toContainEqual({ kind: 'review.close', reviewId, status: 'withdrawn' });
  expect(driver.answer('done').status).toBe('completed');
});

it('looks again when it is time to, as often as need be', () => {
  const driver = begun().settle(pending({ againAfterMs: 1_000 }));
  driver.after(1_000);
  expect(driver.call).toMatchObject({ attempt: 2, later: { state: { job: 7 } } });
  expect(driver.call.later).not.toHaveProperty('answer');
  driver.settle(pending({ againAfterMs: 5_000, state: { job: 8 } }));
  answered(driver, 1);
  expect(driver.call.later).toEqual({ state: { job: 8 }, answer: 1 });
});

it('waits on when the answer was none', () => {
  const driver = begun().settle(pending());
  answered(driver, 'still at it');
  driver.settle(pending());
  expect(driver.status).toBe('waiting');
  expect(driver.calls).toHaveLength(2);
});

it('repeats the look, and not the call, when that fails for a while', () => {
  const driver = begun().settle(pending());
  answered(driver, 1);
  driver.settle(failed('transient')).after(60_000);
  expect(driver.call).toMatchObject({ attempt: 3, later: { answer: 1 } });
});

it('asks a person when no answer comes in time, and takes it still', () => {
  const driver = begun().settle(pending());
  driver.after(HOUR);
  expect(driver.openReview.because).toContain('its answer did not come in time');
  answered(driver, 1);
  expect(driver.answer('late').output).toBe('late');
});

it('begins again when the person says that nothing happened', () => {
  const driver = begun().settle(pending()).after(HOUR);
  driver.review({ data: { happened: false, answer: null } });
  expect(driver.call).not.toHaveProperty('later');
  expect(driver.call.effect).toBe('write');
});

it('fails with a timeout when nothing is written', () => {
  const reading = connection('robot', ['job.run'], 'read');
  const driver = new Driver(WORKFLOW, { connections: [reading] }).start().settle(pending()).after(HOUR);
  expect(driver.error).toMatchObject({ status: 408 });
});

it('takes no answer of another call, of an earlier connection, or twice', () => {
  const driver = begun().settle(pending());
  expect(answered(driver, 1, { idempotencyKey: 'other' }).ignored).toBe('The call is not under way');
  expect(answered(driver, 1, { connection: 'other' }).ignored).toBe('The call is not under way');
  expect(answered(driver, 1, { position: '/do/1/x' }).ignored).toBe('The call is not under way');
  answered(driver, 1);
  driver.answer('done');
  expect(answered(driver, 1).ignored).toBe('The run is completed');
});

it('holds an answer back while the run is suspended', () => {
  const driver = begun().settle(pending());
  driver.command({ kind: 'suspend', by: 'ann' });
  answered(driver, 1);
  expect(driver.calls).toHaveLength(1);
  driver.command({ kind: 'resume', by: 'ann' });
  expect(driver.call.later).toMatchObject({ answer: 1 });
});

it('asks before a job is begun again that a task timeout gave up', () => {
  const driver = begun(`
    - outer:
        try:
          - job: { call: job.run:1@default, with: { x: 1 }, timeout: { after: { minutes: 1 } } }
        catch: { retry: { limit: { attempt: { count: 2 } }, delay: { seconds: 1 } } }
  `).settle(pending());
  driver.after(60_000).after(1_000);
  expect(driver.openReview.because).toContain('it was given up while it was under way');
});

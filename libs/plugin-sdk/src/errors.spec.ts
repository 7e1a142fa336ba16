import { PermanentError, TransientError, isClassifiedError } from './index.js';

it('an error carries what is known about it', () => {
  const cause = new Error('below');
  const error = new PermanentError('no', {
    status: 409,
    type: 'https://x.test/e',
    reason: 'rejected',
    reply: 1,
    cause,
  });
  expect(error).toMatchObject({
    message: 'no',
    fate: 'permanent',
    status: 409,
    type: 'https://x.test/e',
    reply: 1,
    cause,
  });
  expect(error.name).toBe('PermanentError');
  expect(new TransientError('later', { retryAfterMs: 5 })).toMatchObject({
    fate: 'transient',
    retryAfterMs: 5,
  });
  expect(new TransientError('later').retryAfterMs).toBeUndefined();
});

it('the fate is known by its shape, because a plugin may bring its own copy of the SDK', () => {
  expect(isClassifiedError(new PermanentError('no'))).toBe(true);
  expect(isClassifiedError(Object.assign(new Error('copy'), { fate: 'transient' }))).toBe(true);
  for (const other of [
    new Error('bug'),
    { fate: 'permanent' },
    Object.assign(new Error('x'), { fate: 'odd' }),
    null,
    'text',
  ]) {
    expect(isClassifiedError(other)).toBe(false);
  }
});

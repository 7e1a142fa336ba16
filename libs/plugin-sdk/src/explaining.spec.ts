import { PermanentError, TransientError, explaining, markOf, markUuid, orNull, retold } from './index.js';

const failing = (error: unknown) => {
  const fail = () => Promise.reject(error);
  return { get: fail, post: fail, put: fail, patch: fail, delete: fail };
};

it('an error keeps its fate and what is known about it in other words', () => {
  const busy = new TransientError('x', { status: 429, reason: 'throttled', reply: 1, retryAfterMs: 5 });
  const told = retold(busy, 'y', { reply: 2 });
  expect(told).toBeInstanceOf(TransientError);
  expect(told).toMatchObject({ status: 429, reason: 'throttled', reply: 2, retryAfterMs: 5, cause: busy });
  expect(told.message).toBe('y');
  const no = retold(new PermanentError('x', { type: 'https://x.test/e' }), 'y', { status: 409 });
  expect(no).toBeInstanceOf(PermanentError);
  expect(no).toMatchObject({ status: 409, type: 'https://x.test/e' });
});

it('errors of the port are explained, defects are not', async () => {
  const port = explaining(failing(new PermanentError('x')), (error) =>
    retold(error, `told: ${error.message}`),
  );
  for (const method of ['get', 'post', 'put', 'patch', 'delete'] as const)
    await expect(port[method]('/')).rejects.toThrow('told: x');
  const bug = new Error('bug');
  await expect(explaining(failing(bug), () => new Error('explained')).get('/')).rejects.toBe(bug);
});

it('what is not there is null, other failures stay failures', async () => {
  expect(await orNull(Promise.resolve(1))).toBe(1);
  expect(await orNull(Promise.reject(new PermanentError('x', { status: 404 })))).toBeNull();
  const other = new PermanentError('x', { status: 403 });
  await expect(orNull(Promise.reject(other))).rejects.toBe(other);
});

it('a key has always the same mark, and another key another one', async () => {
  const key = `${crypto.randomUUID()}:/do/0/a task with spaces ${'x'.repeat(500)}`;
  expect(await markOf(key)).toMatch(/^[0-9a-f]{32}$/);
  expect(await markOf(key)).toBe(await markOf(key));
  expect(await markOf(key)).not.toBe(await markOf(`${key}1`));
  expect(markUuid(await markOf(key))).toMatch(
    /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  );
});

import type { Finding } from '@tutti/contracts';
import { isObject, property, text, warning, type LintedDocument } from './walk.js';

/** Retries that go on until the hub's own limit stops them. */
export function retryFindings({ tasks, document }: LintedDocument): Finding[] {
  return tasks.flatMap(({ kind, definition, pointer, timed }) => {
    const retry = property(definition.catch, 'retry');
    if (kind !== 'try' || timed || retry === undefined) return [];
    const name = text(retry);
    const policy = name === undefined ? retry : property(document.use?.retries, name);
    if (!isObject(policy) || isLimited(policy.limit)) return [];
    const message =
      name === undefined
        ? 'This retry has no limit: neither a number of attempts nor a time'
        : `The retry "${name}" has no limit: neither a number of attempts nor a time`;
    const fix = 'Add `limit: { attempt: { count: 5 } }` or `limit: { duration: { minutes: 15 } }`.';
    return [warning('retry-without-limit', `${pointer}/catch/retry`, { message, fix })];
  });
}

function isLimited(limit: unknown): boolean {
  const attempt = property(limit, 'attempt');
  return [property(limit, 'duration'), property(attempt, 'count'), property(attempt, 'duration')].some(
    (value) => value !== undefined,
  );
}

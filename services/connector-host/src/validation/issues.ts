import type { z } from 'zod';

/** One place where a value breaks its schema. */
export interface Issue {
  pointer: string;
  detail: string;
}

const ISSUES_MAX = 20;

/** What zod found, with JSON pointers (RFC 6901); values are not repeated, because they may be secrets. */
export function issuesOf(error: z.ZodError, base = ''): Issue[] {
  return error.issues.slice(0, ISSUES_MAX).map((issue) => ({
    pointer:
      base +
      issue.path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join(''),
    detail: issue.message,
  }));
}

/** The issues in one line of text. */
export function tellIssues(issues: readonly Issue[]): string {
  return issues.map(({ pointer, detail }) => `${pointer || '(root)'}: ${detail}`).join('; ');
}

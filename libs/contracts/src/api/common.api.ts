import { z } from 'zod';

/** Instants in the API: ISO 8601, UTC, with microseconds where the database has them. */
export const Instant = z.iso.datetime({ precision: undefined });

/** A page of a keyset-paged list. `nextCursor` is null on the last page; it is opaque. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable() });
}

/** Query of every list: `limit` 1 to 200. */
export const PageQuery = z.object({
  cursor: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

/**
 * Time range of a metrics query; defaults to the last 24 hours. `step` is chosen by the server: minute, hour
 * or day.
 */
export const RangeQuery = z.object({ from: z.string().optional(), to: z.string().optional() });

export const SessionRequest = z.object({ code: z.string().min(16) });
export const Session = z.object({ token: z.string(), expiresAt: Instant });
export const SignInLink = z.object({ code: z.string(), url: z.string(), expiresAt: Instant });
export const Me = z.object({
  workspaceId: z.string(),
  subject: z.string(),
  kind: z.enum(['admin', 'session']),
});

/** A finding of lint or apply: place in the text, a code, what is wrong and how to mend it. */
export const Finding = z
  .object({
    severity: z.enum(['error', 'warning', 'info']),
    code: z.string(),
    message: z.string(),
    fix: z.string().optional(),
    /** JSON pointer into the document. */
    pointer: z.string().optional(),
    line: z.int().optional(),
    column: z.int().optional(),
    /** Where the code is explained: a page of the documentation with its section. */
    docs: z.string().optional(),
  })
  .meta({ id: 'Finding' });
export type Finding = z.infer<typeof Finding>;

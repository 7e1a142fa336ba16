import { PermanentError } from '@tutti/plugin-sdk';
import type { StoredEvent } from '@tutti/store';
import { z } from 'zod';
import { LIMITS } from '../limits.js';
import { issuesOf, tellIssues } from '../validation/issues.js';

/** Events of a trigger as they are kept, with the cursor behind them. */
export interface FoundEvents {
  events: StoredEvent[];
  /** JSON. */
  cursor: string | null;
  more: boolean;
}

/** What the data of events is held to, and what is taken out of it. */
export interface EventRules {
  event: z.ZodType;
  redact: (data: unknown) => unknown;
}

const KEY_LENGTH_MAX = 512;

const Event = z.object({
  id: z.string().min(1).max(KEY_LENGTH_MAX),
  data: z.unknown(),
  time: z.iso.datetime({ offset: true }).optional(),
  key: z.string().max(KEY_LENGTH_MAX).optional(),
});
const Batch = z.object({
  events: z.array(Event).max(LIMITS.triggerEventsMax),
  cursor: z.unknown().optional(),
  more: z.boolean().optional(),
});

/**
 * Checks what a plugin gave. An event whose data is wrong is kept with what is wrong: it must not hold up
 * those behind it. Anything else that is wrong is the plugin's defect: `PermanentError`.
 */
export function foundEvents(given: unknown, rules: EventRules): FoundEvents {
  const parsed = Batch.safeParse(given);
  if (!parsed.success)
    throw new PermanentError(`The plugin gave no batch of events: ${tellIssues(issuesOf(parsed.error))}`, {
      status: 502,
      reason: 'invalid-output',
    });
  const { events, cursor, more = false } = parsed.data;
  return { events: events.map((event) => storedEvent(event, rules)), cursor: cursorText(cursor), more };
}

function storedEvent({ id, data, time, key }: z.output<typeof Event>, rules: EventRules): StoredEvent {
  const about = { id, key: key ?? null, happenedAt: time ?? null };
  const checked = rules.event.safeParse(data);
  const text = JSON.stringify(rules.redact(checked.success ? checked.data : data)) ?? 'null';
  const bytes = Buffer.byteLength(text);
  if (bytes > LIMITS.triggerEventBytesMax) {
    const problem = `The event has ${bytes} bytes of data, more than ${LIMITS.triggerEventBytesMax}.`;
    return { ...about, data: 'null', problem };
  }
  const problem = checked.success
    ? null
    : `The data breaks the trigger's event schema: ${tellIssues(issuesOf(checked.error))}`;
  return { ...about, data: text, problem };
}

function cursorText(cursor: unknown): string | null {
  if (cursor === undefined || cursor === null) return null;
  const text = JSON.stringify(cursor);
  if (text !== undefined && Buffer.byteLength(text) <= LIMITS.triggerCursorBytesMax) return text;
  throw new PermanentError(`The cursor has to be JSON of at most ${LIMITS.triggerCursorBytesMax} bytes.`, {
    status: 502,
    reason: 'invalid-output',
  });
}

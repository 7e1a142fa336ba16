import { PermanentError, type Plugin, type TriggerBatch, type TriggerContext } from '@tutti/plugin-sdk';
import type { TriggerWork } from './messages.js';
import { bytesOf } from './packed.js';

type Context = Omit<TriggerContext<Record<string, unknown>, undefined>, 'options'>;

/** Does one function of a trigger in the process of its plugin. Gives what it gives, unchecked. */
export async function performTrigger(
  plugin: Plugin,
  work: TriggerWork,
  { context, emit }: { context: Context; emit: (batch: TriggerBatch) => Promise<void> },
): Promise<unknown> {
  const { triggers = {} } = plugin;
  const trigger = Object.hasOwn(triggers, work.trigger) ? triggers[work.trigger] : undefined;
  if (trigger === undefined)
    throw new PermanentError(`Plugin "${plugin.name}" has no trigger "${work.trigger}".`, { status: 404 });
  const options = (trigger.options?.parse(work.options) ?? {}) as Record<string, unknown>;
  const given = { ...context, options };
  switch (work.do.part) {
    case 'poll':
      if (trigger.kind === 'poll') return trigger.poll({ ...given, cursor: work.do.cursor ?? null });
      break;
    case 'stream':
      if (trigger.kind === 'stream')
        return trigger.stream({ ...given, cursor: work.do.cursor ?? null, emit });
      break;
    case 'webhook': {
      const { method, headers, query } = work.do;
      const body = bytesOf(work.do);
      const request = { method, headers, query, body, text: Buffer.from(body).toString('utf8') };
      if (trigger.kind === 'webhook') return trigger.webhook({ ...given, ...request });
      break;
    }
    case 'subscribe':
    case 'unsubscribe': {
      const { part, url, state = null } = work.do;
      if (trigger.kind === 'webhook') return trigger[part]?.({ ...given, url, state });
      break;
    }
  }
  throw new Error(`The trigger "${work.trigger}" is no ${work.do.part}.`);
}

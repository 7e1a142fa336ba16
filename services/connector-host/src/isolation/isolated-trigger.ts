import type { HostedTrigger, HostedTriggerContext } from '../triggers/hosted-trigger.js';
import { hostSchema } from './host-schema.js';
import type { Ready, TriggerPart } from './messages.js';

/** Has one function of a trigger done in the process of its plugin. */
export type PerformTrigger = (
  trigger: string,
  part: TriggerPart,
  context: HostedTriggerContext & { emit?: (batch: unknown) => Promise<void> },
) => Promise<unknown>;

/** The triggers of a plugin in a process of its own. Throws when their schemas cannot be used. */
export function isolatedTriggers(ready: Ready, perform: PerformTrigger): Record<string, HostedTrigger> {
  const { triggers = [] } = ready.description;
  return Object.fromEntries(
    triggers.map(({ name, kind, event, options, intervalSeconds }): [string, HostedTrigger] => {
      const traits = Object.hasOwn(ready.triggers, name) ? ready.triggers[name] : undefined;
      const part = partsOf(name, perform);
      return [
        name,
        {
          kind,
          event: hostSchema(event),
          options: options && hostSchema(options),
          intervalSeconds,
          verify: traits?.verify,
          poll: part.poll,
          stream: part.stream,
          webhook: part.webhook,
          ...(traits?.subscribes === true ? { subscribe: part.subscribe } : {}),
          ...(traits?.unsubscribes === true ? { unsubscribe: part.unsubscribe } : {}),
        },
      ];
    }),
  );
}

function partsOf(
  name: string,
  perform: PerformTrigger,
): Required<Pick<HostedTrigger, 'poll' | 'stream' | 'webhook' | 'subscribe' | 'unsubscribe'>> {
  return {
    poll: (context) => perform(name, { part: 'poll', cursor: context.cursor }, context),
    stream: (context) => perform(name, { part: 'stream', cursor: context.cursor }, context),
    webhook: (context) => {
      const { method, headers, query, body } = context;
      const bytes = Buffer.from(body).toString('base64');
      return perform(name, { part: 'webhook', method, headers, query, bytes }, context);
    },
    subscribe: (context) =>
      perform(name, { part: 'subscribe', url: context.url, state: context.state }, context),
    unsubscribe: (context) =>
      perform(name, { part: 'unsubscribe', url: context.url, state: context.state }, context),
  };
}

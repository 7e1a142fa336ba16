import type {
  DatabasePort,
  HookRequest,
  HookVerification,
  Plugin,
  Trigger,
  TriggerContext,
} from '@tutti/plugin-sdk';
import type { z } from 'zod';

/** What every function of a trigger works with. */
export type HostedTriggerContext = TriggerContext<Record<string, unknown>, DatabasePort | undefined>;
export type HostedPollContext = HostedTriggerContext & { cursor: unknown };
export type HostedStreamContext = HostedPollContext & { emit: (batch: unknown) => Promise<void> };
export type HostedHookContext = HostedTriggerContext & HookRequest;
export type HostedSubscriptionContext = HostedTriggerContext & { url: string; state: unknown };

/** A trigger as the host works with it, wherever its code runs: nothing that it gives has been checked. */
export interface HostedTrigger {
  kind: Trigger['kind'];
  event: z.ZodType;
  options: z.ZodType | undefined;
  intervalSeconds?: number | undefined;
  verify?: HookVerification | undefined;
  poll?(context: HostedPollContext): Promise<unknown>;
  stream?(context: HostedStreamContext): Promise<unknown>;
  webhook?(context: HostedHookContext): Promise<unknown>;
  subscribe?(context: HostedSubscriptionContext): Promise<unknown>;
  unsubscribe?(context: HostedSubscriptionContext): Promise<unknown>;
}

/** Triggers whose code is in this process. */
export function triggersInProcess(triggers: Plugin['triggers'] = {}): Record<string, HostedTrigger> {
  return Object.fromEntries(Object.entries(triggers).map(([name, trigger]) => [name, hosted(trigger)]));
}

function hosted(trigger: Trigger): HostedTrigger {
  const { kind, event, options } = trigger;
  const common = { kind, event, options };
  switch (trigger.kind) {
    case 'poll':
      return {
        ...common,
        intervalSeconds: trigger.intervalSeconds,
        poll: async (context) => trigger.poll(context),
      };
    case 'stream':
      return { ...common, stream: (context) => trigger.stream(context) };
    case 'webhook':
      return {
        ...common,
        verify: trigger.verify,
        webhook: async (context) => trigger.webhook(context),
        ...(trigger.subscribe && { subscribe: async (context) => trigger.subscribe?.(context) }),
        ...(trigger.unsubscribe && { unsubscribe: async (context) => trigger.unsubscribe?.(context) }),
      };
  }
}

import { isClassifiedError, PermanentError } from '@tutti/plugin-sdk';
import { type HookAnswer, type HookCall, type HookReader, type HookRefusal, TOPICS } from '@tutti/contracts';
import { refusalOf } from '@tutti/plugin-sdk/hook-signature';
import type { Bus } from '@tutti/bus';
import type { HookedTrigger, PluginTriggerStore } from '@tutti/store';
import { z } from 'zod';
import { LIMITS } from '../limits.js';
import { BoundTrigger, type BoundTriggerParts } from './bound-trigger.js';
import { hookUrl, raced } from './trigger-turn.js';

export interface HookReaderParts extends BoundTriggerParts {
  store: PluginTriggerStore;
  bus: Pick<Bus, 'publish'>;
  /** Where other systems reach the API; null: nobody said. */
  publicUrl: string | null;
}

const Response = z.object({
  status: z.int().min(200).max(499).default(200),
  contentType: z.enum(['text/plain', 'application/json']).default('text/plain'),
  body: z.string().max(LIMITS.hookAnswerLengthMax).default(''),
});
const Hooked = z.union([
  z.literal('ignored'),
  z.object({ events: z.array(z.unknown()).default([]), response: Response.optional() }),
]);

/** Verifies requests to hooks, has their plugins read them, and keeps the events before they are answered. */
export class LocalHookReader implements HookReader {
  readonly #parts: HookReaderParts;

  constructor(parts: HookReaderParts) {
    this.#parts = parts;
  }

  /** Never rejects for what a request or a plugin does; rejects when the database is away. */
  async read(call: HookCall): Promise<HookAnswer> {
    const trigger = await this.#parts.store.byId(call.triggerId);
    if (trigger?.wanted !== true)
      return refused('unavailable', 'The trigger is paused. Send it again later.');
    let bound: BoundTrigger;
    try {
      bound = await BoundTrigger.bind(this.#parts, trigger);
    } catch (error) {
      await this.#parts.store.refused(trigger.id, (error as Error).message);
      return NOT_NOW;
    }
    const answer = await this.#take(bound, trigger, call);
    if (answer.kind !== 'refused') return answer;
    const detail = bound.connection.redactor.text(answer.detail);
    if (answer.because !== 'busy')
      await this.#parts.store.refused(trigger.id, `A request was refused: ${detail}`);
    // What is wrong inside is none of the sender's business.
    return answer.because === 'unavailable' ? NOT_NOW : { ...answer, detail };
  }

  async #take(bound: BoundTrigger, trigger: HookedTrigger, call: HookCall): Promise<HookAnswer> {
    if (bound.trigger.webhook === undefined)
      return refused(
        'unavailable',
        'The trigger takes no requests: the hub looks at the other system by itself.',
      );
    const body = new Uint8Array(Buffer.from(call.body, 'base64'));
    const unknown = this.#unknown(bound, trigger, { ...call, body });
    if (unknown !== null) return refused('unauthorized', unknown);
    const waiting = await this.#parts.store.eventsWaitingOf(trigger.id);
    if (waiting >= LIMITS.triggerWaitingMax)
      return refused('busy', `${waiting} events of this trigger wait to become runs. Send it again later.`);
    try {
      return await this.#read(bound, trigger, { ...call, body });
    } catch (error) {
      return refusedBy(error);
    }
  }

  #unknown(
    { trigger, connection: { settings } }: BoundTrigger,
    { hookToken }: HookedTrigger,
    call: Omit<HookCall, 'body'> & { body: Uint8Array },
  ): string | null {
    if (trigger.verify === undefined) return null;
    const { publicUrl } = this.#parts;
    const query = call.path.includes('?') ? call.path.slice(call.path.indexOf('?')) : '';
    const url = hookUrl(publicUrl ?? '', hookToken) + query;
    return refusalOf(trigger.verify, { ...call, url }, { settings, nowMs: Date.now() });
  }

  async #read(
    bound: BoundTrigger,
    { id, workspaceId }: HookedTrigger,
    { method, headers, query, body }: Omit<HookCall, 'body'> & { body: Uint8Array },
  ): Promise<HookAnswer> {
    const context = await bound.context(AbortSignal.timeout(LIMITS.hookTimeoutMs));
    const request = { method, headers, query, body, text: Buffer.from(body).toString('utf8') };
    const given = await raced(context.signal, bound.trigger.webhook?.({ ...context, ...request }));
    const hooked = Hooked.safeParse(given);
    if (!hooked.success)
      throw new Error('The plugin\'s "webhook" has to give events, a response or "ignored".');
    if (hooked.data === 'ignored') return { kind: 'taken', events: 0 };
    const { events } = bound.found({ events: hooked.data.events });
    if (!(await this.#parts.store.keepSent(id, events)))
      return refused('unavailable', 'The trigger was paused a moment ago. Send it again later.');
    if (events.length > 0) this.#tell(workspaceId);
    const { response } = hooked.data;
    return response === undefined
      ? { kind: 'taken', events: events.length }
      : { kind: 'answered', ...response };
  }

  #tell(workspaceId: string): void {
    const message = { kind: 'definitions.changed', workspaceId, what: 'trigger-events' } as const;
    // Who makes runs of them looks by itself as well.
    this.#parts.bus.publish(TOPICS.control, [message]).catch(() => undefined);
  }
}

const NOT_NOW: HookAnswer = refused('unavailable', 'The trigger cannot work now. Send it again later.');

function refused(because: HookRefusal, detail: string): HookAnswer {
  return { kind: 'refused', because, detail };
}

/** A request that the plugin cannot read is wrong itself; everything else may work when it is sent again. */
function refusedBy(error: unknown): HookAnswer {
  if (isClassifiedError(error))
    return error.fate === 'permanent' && (error as PermanentError).reason !== 'invalid-output'
      ? refused('invalid', error.message)
      : refused('unavailable', error.message);
  const { name, message } = error as Error;
  if (name.endsWith('ZodError') || name === 'SyntaxError')
    return refused('invalid', `The request is none that the trigger can read: ${message}`);
  return refused('unavailable', `The plugin failed unexpectedly (${name}): ${message}`);
}

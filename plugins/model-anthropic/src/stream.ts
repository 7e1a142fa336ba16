import type { HttpPort } from '@tutti/plugin-sdk';
import { brokenAnswer, cutAnswer, streamedJson, toolArguments } from '@tutti/plugin-sdk/model';
import { z } from 'zod';
import { Block, MessagesReply, WireUsage } from './reply.js';

const Index = z.int().nonnegative();

/** What the hub reads of an event of a streamed message. */
const Event = z.union([
  z.object({
    type: z.literal('message_start'),
    message: z.object({ model: z.string(), usage: WireUsage.nullish() }),
  }),
  z.object({ type: z.literal('content_block_start'), index: Index, content_block: Block }),
  z.object({
    type: z.literal('content_block_delta'),
    index: Index,
    delta: z.object({ text: z.string().optional(), partial_json: z.string().optional() }),
  }),
  z.object({
    type: z.literal('message_delta'),
    delta: z.object({
      stop_reason: z.string().nullish(),
      stop_details: MessagesReply.shape.stop_details,
    }),
    usage: WireUsage.partial().nullish(),
  }),
  z.object({ type: z.literal('error'), error: z.object({ type: z.string(), message: z.string() }) }),
  // Signs of life, and what is yet to come.
  z.object({ type: z.string() }).transform(() => ({ type: 'other' as const })),
]);
type Event = z.output<typeof Event>;

/** A message that is read as it is written, in the shape of one that came at once. */
export async function streamedMessage(
  http: HttpPort,
  asked: object,
  partial: (text: string) => void,
): Promise<MessagesReply> {
  const body = { ...asked, stream: true };
  const whole = new WholeMessage();
  for await (const event of streamedJson(http, '/v1/messages', { body, item: Event }))
    partial(whole.add(event));
  return whole.reply();
}

class WholeMessage {
  #model = '';
  readonly #usage: z.output<typeof WireUsage> = { input_tokens: 0, output_tokens: 0 };
  #end: Extract<Event, { type: 'message_delta' }>['delta'] | null = null;
  readonly #blocks = new Map<number, { block: z.output<typeof Block>; text: string; json: string }>();

  /** Gives the text that the event brings. */
  add(event: Event): string {
    switch (event.type) {
      case 'message_start':
        this.#model = event.message.model;
        Object.assign(this.#usage, event.message.usage);
        return '';
      case 'content_block_start': {
        const text = event.content_block.type === 'text' ? event.content_block.text : '';
        this.#blocks.set(event.index, { block: event.content_block, text, json: '' });
        return text;
      }
      case 'content_block_delta': {
        const block = this.#blocks.get(event.index);
        if (block === undefined) return '';
        block.json += event.delta.partial_json ?? '';
        if (block.block.type !== 'text') return '';
        block.text += event.delta.text ?? '';
        return event.delta.text ?? '';
      }
      case 'message_delta':
        this.#end = event.delta;
        Object.assign(this.#usage, event.usage);
        return '';
      case 'error':
        throw brokenAnswer(event.error.message, event);
      case 'other':
        return '';
    }
  }

  reply(): MessagesReply {
    if (this.#end === null) throw cutAnswer();
    const content = [...this.#blocks.values()].map(({ block, text, json }) => {
      if (block.type === 'text') return { ...block, text };
      return block.type === 'tool_use' && json !== '' ? { ...block, input: toolArguments(json) } : block;
    });
    return { model: this.#model, content, ...this.#end, usage: this.#usage };
  }
}

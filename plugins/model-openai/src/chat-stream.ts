import type { HttpPort } from '@tutti/plugin-sdk';
import { brokenAnswer, cutAnswer, streamedJson } from '@tutti/plugin-sdk/model';
import { z } from 'zod';
import { WireUsage, type ChatReply } from './chat-completions.js';

/** What the hub reads of a part of a streamed chat. */
const Chunk = z.object({
  model: z.string().default(''),
  choices: z
    .array(
      z.object({
        finish_reason: z.string().nullish(),
        delta: z
          .object({
            content: z.string().nullish(),
            refusal: z.string().nullish(),
            tool_calls: z
              .array(
                z.object({
                  index: z.int().nonnegative().default(0),
                  id: z.string().nullish(),
                  function: z
                    .object({ name: z.string().nullish(), arguments: z.string().nullish() })
                    .nullish(),
                }),
              )
              .nullish(),
          })
          .nullish(),
      }),
    )
    .default([]),
  usage: WireUsage.nullish(),
  error: z.object({ message: z.string().default('no reason told') }).nullish(),
});

/** A chat that is read as it is written, in the shape of one that came at once. */
export async function streamedChat(
  http: HttpPort,
  asked: object,
  partial: (text: string) => void,
): Promise<ChatReply> {
  // Without being asked for, the tokens are not told.
  const body = { ...asked, stream: true, stream_options: { include_usage: true } };
  const whole = new WholeChat();
  for await (const chunk of streamedJson(http, '/chat/completions', { body, item: Chunk, end: '[DONE]' }))
    partial(whole.add(chunk));
  return whole.reply();
}

class WholeChat {
  #model = '';
  #text = '';
  #refusal: string | null = null;
  #finishReason: string | null = null;
  #usage: z.output<typeof WireUsage> | null = null;
  readonly #calls = new Map<number, { id: string; function: { name: string; arguments: string } }>();

  /** Gives the text that the part brings. */
  add(chunk: z.output<typeof Chunk>): string {
    if (chunk.error) throw brokenAnswer(chunk.error.message, chunk.error);
    if (chunk.model !== '') this.#model = chunk.model;
    this.#usage = chunk.usage ?? this.#usage;
    const [choice] = chunk.choices;
    this.#finishReason = choice?.finish_reason ?? this.#finishReason;
    const { content, refusal, tool_calls: calls } = choice?.delta ?? {};
    this.#text += content ?? '';
    if (typeof refusal === 'string') this.#refusal = (this.#refusal ?? '') + refusal;
    for (const { index, id, function: called } of calls ?? []) {
      const call = this.#calls.get(index) ?? { id: '', function: { name: '', arguments: '' } };
      this.#calls.set(index, call);
      call.id = id ?? call.id;
      call.function.name += called?.name ?? '';
      call.function.arguments += called?.arguments ?? '';
    }
    return content ?? '';
  }

  reply(): ChatReply {
    if (this.#finishReason === null) throw cutAnswer();
    const message = {
      content: this.#text,
      refusal: this.#refusal,
      tool_calls: [...this.#calls.values()],
    };
    const choice = { finish_reason: this.#finishReason, message };
    return { model: this.#model, choices: [choice], usage: this.#usage };
  }
}

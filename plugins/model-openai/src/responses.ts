import type { ModelChatInput, ModelFinishReason, ModelMessage } from '@tutti/contracts';
import type { FilesPort, HttpPort } from '@tutti/plugin-sdk';
import {
  argumentsText,
  brokenAnswer,
  cutAnswer,
  fileOf,
  streamedJson,
  tokens,
  toolArguments,
  type ModelReply,
} from '@tutti/plugin-sdk/model';
import { z } from 'zod';
import { dataUrl, fileName } from './files.js';
import type { Settings } from './settings.js';

const Content = z.union([
  z.object({ type: z.literal('output_text'), text: z.string() }),
  z.object({ type: z.literal('refusal'), refusal: z.string() }),
]);
const Item = z.union([
  z.object({ type: z.literal('message'), content: z.array(Content) }),
  z.object({
    type: z.literal('function_call'),
    call_id: z.string(),
    name: z.string(),
    arguments: z.string(),
  }),
  z.object({ type: z.string() }).transform(() => ({ type: 'other' as const })),
]);

/** What the hub reads of a reply of `POST /responses`. */
export const ResponsesReply = z.object({
  model: z.string(),
  output: z.array(Item),
  incomplete_details: z.object({ reason: z.string().nullish() }).nullish(),
  usage: z
    .object({
      input_tokens: z.int().nonnegative(),
      output_tokens: z.int().nonnegative(),
      input_tokens_details: z.object({ cached_tokens: z.int().nullish() }).nullish(),
      output_tokens_details: z.object({ reasoning_tokens: z.int().nullish() }).nullish(),
    })
    .nullish(),
});
export type ResponsesReply = z.output<typeof ResponsesReply>;

/** The body of `POST /responses`. The provider keeps nothing of it: the hub's run is the memory. */
export async function responsesRequest(input: ModelChatInput, settings: Settings, files: FilesPort) {
  const { tools, toolChoice, output, temperature, outputTokensMax } = input;
  const items = await Promise.all(input.messages.map((message) => wireItems(message, files)));
  return {
    model: input.model ?? settings.model,
    store: false,
    input: items.flat(),
    ...(temperature !== undefined && { temperature }),
    ...(outputTokensMax !== undefined && { max_output_tokens: outputTokensMax }),
    ...(tools !== undefined && {
      tools: tools.map((tool) => ({ type: 'function' as const, strict: false, ...tool })),
    }),
    ...(toolChoice !== undefined && {
      tool_choice: typeof toolChoice === 'string' ? toolChoice : { type: 'function' as const, ...toolChoice },
    }),
    ...(output !== undefined && {
      text: { format: { type: 'json_schema' as const, strict: true, ...output } },
    }),
  };
}

async function wireItems(message: ModelMessage, files: FilesPort) {
  switch (message.role) {
    case 'system':
      return [{ role: message.role, content: message.content }];
    case 'user':
      return [{ role: message.role, content: await wireContent(message.content, files) }];
    case 'tool':
      return [
        { type: 'function_call_output' as const, call_id: message.toolCallId, output: message.content },
      ];
    case 'assistant':
      return [
        ...(message.content === '' ? [] : [{ role: message.role, content: message.content }]),
        ...(message.toolCalls ?? []).map(({ id, name, arguments: given }) => ({
          type: 'function_call' as const,
          call_id: id,
          name,
          arguments: argumentsText(given),
        })),
      ];
  }
}

function wireContent(content: Extract<ModelMessage, { role: 'user' }>['content'], files: FilesPort) {
  if (typeof content === 'string') return content;
  return Promise.all(
    content.map(async (part) => {
      if (part.type === 'text') return { type: 'input_text' as const, text: part.text };
      const file = await fileOf(part, files);
      return file.kind === 'image'
        ? { type: 'input_image' as const, image_url: dataUrl(file), detail: 'auto' as const }
        : { type: 'input_file' as const, filename: fileName(file), file_data: dataUrl(file) };
    }),
  );
}

export function responsesAnswer(reply: ResponsesReply): ModelReply {
  const parts = reply.output.flatMap((item) => (item.type === 'message' ? item.content : []));
  const toolCalls = reply.output.flatMap((item) =>
    item.type === 'function_call'
      ? [{ id: item.call_id, name: item.name, arguments: toolArguments(item.arguments) }]
      : [],
  );
  const refusal = parts.find((part) => part.type === 'refusal');
  const text = parts.map((part) => (part.type === 'output_text' ? part.text : '')).join('');
  const usage = reply.usage;
  return {
    text: refusal?.refusal ?? text,
    toolCalls,
    finishReason:
      refusal === undefined ? finishReason(reply, toolCalls.length > 0) : ('content-filter' as const),
    model: reply.model,
    usage:
      usage === null || usage === undefined
        ? null
        : tokens({
            input: usage.input_tokens,
            output: usage.output_tokens,
            cached: usage.input_tokens_details?.cached_tokens,
            reasoning: usage.output_tokens_details?.reasoning_tokens,
          }),
  };
}

function finishReason(reply: ResponsesReply, hasToolCalls: boolean): ModelFinishReason {
  switch (reply.incomplete_details?.reason) {
    case 'max_output_tokens':
      return 'length';
    case 'content_filter':
      return 'content-filter';
    default:
      return hasToolCalls ? 'tool-calls' : 'stop';
  }
}

/** What the hub reads of an event of a streamed answer. */
const Event = z.object({
  type: z.string(),
  delta: z.unknown().optional(),
  message: z.string().nullish(),
  response: z.unknown().optional(),
});
/** Events that hold the whole answer. */
const LAST = new Set(['response.completed', 'response.incomplete']);

/** An answer that is read as it is written, in the shape of one that came at once. */
export async function streamedResponses(
  http: HttpPort,
  asked: object,
  partial: (text: string) => void,
): Promise<ResponsesReply> {
  const body = { ...asked, stream: true };
  for await (const event of streamedJson(http, '/responses', { body, item: Event })) {
    if (event.type === 'response.output_text.delta' && typeof event.delta === 'string') partial(event.delta);
    if (event.type === 'error' || event.type === 'response.failed')
      throw brokenAnswer(event.message ?? event.type, event);
    if (!LAST.has(event.type)) continue;
    const whole = ResponsesReply.safeParse(event.response);
    if (whole.success) return whole.data;
    throw brokenAnswer(z.prettifyError(whole.error), event);
  }
  throw cutAnswer();
}

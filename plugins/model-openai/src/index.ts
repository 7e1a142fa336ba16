import * as model from '@tutti/contracts';
import { definePlugin, type HttpPort, type HttpRequestFor } from '@tutti/plugin-sdk';
import { z } from 'zod';
import { explained } from './answers.js';
import { chatAnswer, ChatReply, chatRequest, usageOf, WireUsage } from './chat-completions.js';
import { classified, classifyRequest } from './classify.js';
import { extractChat, extracted } from './extract.js';
import { responsesAnswer, ResponsesReply, responsesRequest } from './responses.js';
import { httpDefaults, providerOf, Settings } from './settings.js';

const EmbedReply = z.object({
  model: z.string(),
  data: z.array(z.object({ index: z.int(), embedding: z.array(z.number()) })),
  usage: WireUsage.nullish(),
});
const Models = z.object({ data: z.array(z.object({ id: z.string() })) });

/** Posts to the API; a refusal says what it means. */
async function ask<Reply extends z.ZodType>(
  http: HttpPort,
  path: string,
  request: HttpRequestFor<Reply>,
): Promise<z.output<Reply>> {
  try {
    return await http.post(path, request);
  } catch (error) {
    throw explained(error);
  }
}

/** What an attempt used, for the price table of the host. */
function cost({
  output,
  settings,
}: {
  output: { model: string; usage: model.ModelUsage | null };
  settings: Settings;
}): model.CallUsage {
  const provider = providerOf(settings);
  // A server of one's own has no price a call.
  const free = provider === 'local' ? { costMicros: 0, currency: 'USD' } : {};
  return { model: output.model, provider, ...output.usage, ...free };
}

/** OpenAI, and everything that speaks its API: Azure, vLLM, Ollama, LM Studio, Groq, Mistral. */
export default definePlugin({
  contract: 1,
  name: 'model-openai',
  kind: 'model',
  summary:
    'Models of OpenAI, and of every server with its API: Azure, vLLM, Ollama, LM Studio, Groq, Mistral.',
  settings: Settings,
  hosts: ({ baseUrl }) => [new URL(baseUrl).host],
  http: httpDefaults,
  async health({ http, settings }) {
    const { data } = await http.get('/models', { reply: Models });
    const known = data.some(({ id }) => id === settings.model);
    return `${data.length} models${known ? '' : `; "${settings.model}" is not among them`}`;
  },
  capabilities: {
    'model.chat': {
      summary: 'Answer a conversation: text, JSON of a schema, or calls of tools.',
      effect: 'read',
      input: model.ModelChatInput,
      output: model.ModelChatOutput,
      async run({ input, settings, http, files }) {
        if (settings.api === 'responses') {
          const body = await responsesRequest(input, settings, files);
          return responsesAnswer(await ask(http, '/responses', { body, reply: ResponsesReply }), input);
        }
        const body = await chatRequest(input, settings, files);
        return chatAnswer(await ask(http, '/chat/completions', { body, reply: ChatReply }), input);
      },
      cost,
    },
    'model.embed': {
      summary: 'Turn texts into vectors.',
      effect: 'read',
      input: model.ModelEmbedInput,
      output: model.ModelEmbedOutput,
      async run({ input, settings, http }) {
        const body = {
          model: input.model ?? settings.embeddingModel ?? settings.model,
          input: input.texts,
          encoding_format: 'float' as const,
          ...(input.dimensions !== undefined && { dimensions: input.dimensions }),
        };
        const reply = await ask(http, '/embeddings', { body, reply: EmbedReply });
        const ordered = [...reply.data].sort((a, b) => a.index - b.index);
        return {
          embeddings: ordered.map(({ embedding }) => embedding),
          model: reply.model,
          usage: usageOf(reply.usage),
        };
      },
      cost,
    },
    'model.classify': {
      summary: 'Say which of some classes a text belongs to, and how sure that is.',
      effect: 'read',
      input: model.ModelClassifyInput,
      output: model.ModelClassifyOutput,
      async run({ input, settings, http }) {
        const body = classifyRequest(input, settings);
        return classified(await ask(http, '/chat/completions', { body, reply: ChatReply }), input);
      },
      cost,
    },
    'model.extract': {
      summary: 'Read a text or pictures into JSON of a schema.',
      effect: 'read',
      input: model.ModelExtractInput,
      output: model.ModelExtractOutput,
      async run({ input, settings, http, files }) {
        const chat = extractChat(input);
        const body = {
          ...(await chatRequest(chat, settings, files)),
          ...(settings.logprobs && { logprobs: true }),
        };
        return extracted(await ask(http, '/chat/completions', { body, reply: ChatReply }), chat);
      },
      cost,
    },
  },
});

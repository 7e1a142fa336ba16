import type { ModelEmbedInput, ModelEmbedOutput } from '@tutti/contracts';
import { definePlugin } from '@tutti/plugin-sdk';
import {
  embedCapability,
  modelCapabilities,
  modelsTold,
  type ModelCallContext,
  type ModelProvider,
} from '@tutti/plugin-sdk/model';
import { z } from 'zod';
import { chatAnswer, ChatReply, chatRequest, probabilities, usageOf, WireUsage } from './chat-completions.js';
import { streamedChat } from './chat-stream.js';
import { explained } from './refusals.js';
import { responsesAnswer, ResponsesReply, responsesRequest, streamedResponses } from './responses.js';
import { httpDefaults, providerOf, Settings } from './settings.js';

const EmbedReply = z.object({
  model: z.string(),
  data: z.array(z.object({ index: z.int(), embedding: z.array(z.number()) })),
  usage: WireUsage.nullish(),
});
const Models = z.object({ data: z.array(z.object({ id: z.string() })) });

/** What the API gives; a refusal says what it means. */
async function told<T>(asking: Promise<T>): Promise<T> {
  try {
    return await asking;
  } catch (error) {
    throw explained(error);
  }
}

const openai: ModelProvider<Settings> = {
  async chat(input, { settings, http, files, partial }, { of, alternatives }) {
    const streams = of === 'chat' && settings.stream;
    if (of === 'chat' && settings.api === 'responses') {
      const body = await responsesRequest(input, settings, files);
      return responsesAnswer(
        await told(
          streams
            ? streamedResponses(http, body, partial)
            : http.post('/responses', { body, reply: ResponsesReply }),
        ),
      );
    }
    const body = { ...(await chatRequest(input, settings, files)), ...probabilities(alternatives) };
    return chatAnswer(
      await told(
        streams
          ? streamedChat(http, body, partial)
          : http.post('/chat/completions', { body, reply: ChatReply }),
      ),
    );
  },
  tellsProbabilities: ({ logprobs }) => logprobs,
  who(settings) {
    const provider = providerOf(settings);
    return { provider, free: provider === 'local' };
  },
};

async function embed(
  { model: asked, texts, dimensions }: ModelEmbedInput,
  { settings, http }: ModelCallContext<Settings>,
): Promise<ModelEmbedOutput> {
  const body = {
    model: asked ?? settings.embeddingModel ?? settings.model,
    input: texts,
    encoding_format: 'float' as const,
    ...(dimensions !== undefined && { dimensions }),
  };
  const { data, model, usage } = await told(http.post('/embeddings', { body, reply: EmbedReply }));
  const ordered = [...data].sort((a, b) => a.index - b.index);
  return { embeddings: ordered.map(({ embedding }) => embedding), model, usage: usageOf(usage) };
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
    return modelsTold(
      data.map(({ id }) => id),
      settings.model,
    );
  },
  capabilities: {
    ...modelCapabilities(openai),
    'model.embed': embedCapability(embed, openai.who),
  },
});

import { definePlugin } from '@tutti/plugin-sdk';
import { embedCapability, modelCapabilities, modelsTold, type ModelProvider } from '@tutti/plugin-sdk/model';
import { z } from 'zod';
import { embed } from './embed.js';
import { explained } from './refusals.js';
import { generateAnswer, GenerateReply } from './reply.js';
import { generateRequest } from './request.js';
import { httpDefaults, pathOf, Settings } from './settings.js';
import { streamedAnswer } from './stream.js';

const Models = z.object({ models: z.array(z.object({ name: z.string() })).default([]) });

const gemini: ModelProvider<Settings> = {
  async chat(input, { settings, http, files, partial }, { of, alternatives }) {
    const model = input.model ?? settings.model;
    const body = await generateRequest(input, files, alternatives);
    try {
      const reply =
        of === 'chat' && settings.stream
          ? await streamedAnswer(http, { model, body }, partial)
          : await http.post(pathOf(model, 'generateContent'), { body, reply: GenerateReply });
      return generateAnswer(reply, { model, messages: input.messages.length });
    } catch (error) {
      throw explained(error);
    }
  },
  tellsProbabilities: ({ logprobs }) => logprobs,
  who: () => ({ provider: 'gcp.gemini', free: false }),
};

/** Gemini over the API of Google AI. */
export default definePlugin({
  contract: 1,
  name: 'model-gemini',
  kind: 'model',
  summary: 'Gemini models of Google, over the Gemini API.',
  settings: Settings,
  hosts: ({ baseUrl }) => [new URL(baseUrl).host],
  http: httpDefaults,
  async health({ http, settings }) {
    const { models } = await http.get('/models', { query: { pageSize: 1_000 }, reply: Models });
    return modelsTold(
      models.map(({ name }) => name.replace(/^models\//, '')),
      settings.model,
    );
  },
  capabilities: {
    ...modelCapabilities(gemini),
    'model.embed': embedCapability(embed, gemini.who),
  },
});

import { definePlugin } from '@tutti/plugin-sdk';
import { modelCapabilities, modelsTold, type ModelProvider } from '@tutti/plugin-sdk/model';
import { z } from 'zod';
import { explained } from './refusals.js';
import { messagesAnswer, MessagesReply } from './reply.js';
import { messagesRequest } from './request.js';
import { httpDefaults, Settings } from './settings.js';
import { streamedMessage } from './stream.js';

const Models = z.object({ data: z.array(z.object({ id: z.string() })) });

const anthropic: ModelProvider<Settings> = {
  async chat(input, { settings, http, files, partial }, { of }) {
    const body = await messagesRequest(input, settings, files);
    try {
      const reply =
        of === 'chat' && settings.stream
          ? await streamedMessage(http, body, partial)
          : await http.post('/v1/messages', { body, reply: MessagesReply });
      return messagesAnswer(reply, input, settings);
    } catch (error) {
      throw explained(error);
    }
  },
  tellsProbabilities: () => false,
  who: () => ({ provider: 'anthropic', free: false }),
};

/** Claude over the Messages API. */
export default definePlugin({
  contract: 1,
  name: 'model-anthropic',
  kind: 'model',
  summary: 'Claude models of Anthropic, over the Messages API.',
  settings: Settings,
  hosts: ({ baseUrl }) => [new URL(baseUrl).host],
  http: httpDefaults,
  async health({ http, settings }) {
    const { data } = await http.get('/v1/models', { query: { limit: 1_000 }, reply: Models });
    return modelsTold(
      data.map(({ id }) => id),
      settings.model,
    );
  },
  capabilities: modelCapabilities(anthropic),
});

import { definePlugin, PermanentError, TransientError } from '@tutti/plugin-sdk';
import { modelCapabilities, type ModelProvider } from '@tutti/plugin-sdk/model';
import { converseAnswer, ConverseReply } from './reply.js';
import { converseRequest } from './request.js';
import { addressOf, httpDefaults, pathOf, Settings } from './settings.js';

/** The model itself failed: another attempt may go well. */
function explained(error: unknown): unknown {
  if (!(error instanceof PermanentError) || error.status !== 424) return error;
  const { message, reply } = error;
  return new TransientError(message, { status: 424, reason: 'unavailable', reply, cause: error });
}

const bedrock: ModelProvider<Settings> = {
  async chat(input, { settings, http, files }) {
    const model = input.model ?? settings.model;
    const body = await converseRequest(input, files);
    try {
      return converseAnswer(await http.post(pathOf(model), { body, reply: ConverseReply }), input, model);
    } catch (error) {
      throw explained(error);
    }
  },
  tellsProbabilities: () => false,
  who: () => ({ provider: 'aws.bedrock', free: false }),
};

/** Models of Amazon Bedrock, over the Converse API. */
export default definePlugin({
  contract: 1,
  name: 'model-bedrock',
  kind: 'model',
  summary: 'Models of Amazon Bedrock (Claude, Nova, Llama, Mistral and others), over the Converse API.',
  settings: Settings,
  hosts: (settings) => [new URL(addressOf(settings)).host],
  http: httpDefaults,
  /** A conversation without a message costs nothing: who may call the model is told that it is not valid. */
  async health({ http, settings }) {
    try {
      await http.post(pathOf(settings.model), { body: { messages: [] } });
    } catch (error) {
      if (!(error instanceof PermanentError) || error.status !== 400) throw error;
    }
    return `${settings.model} may be called`;
  },
  capabilities: modelCapabilities(bedrock),
});

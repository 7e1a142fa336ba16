import type { HttpDefaults } from '@tutti/plugin-sdk';
import { z } from 'zod';

/** What a connection is given. Azure, vLLM, Ollama, LM Studio, Groq and Mistral differ in address and key. */
export const Settings = z.object({
  baseUrl: z
    .url()
    .default('https://api.openai.com/v1')
    .describe(
      'Address of the API, with its version: https://NAME.openai.azure.com/openai/v1, http://127.0.0.1:11434/v1',
    ),
  apiKey: z.string().min(1).optional().meta({ secret: true }).describe('Local servers need none'),
  keyHeader: z
    .enum(['authorization', 'api-key'])
    .default('authorization')
    .describe('Where the key goes; Azure takes api-key'),
  organization: z.string().min(1).optional(),
  project: z.string().min(1).optional(),
  model: z
    .string()
    .min(1)
    .describe('Model of chat, classify and extract when the call names none; on Azure the deployment'),
  embeddingModel: z.string().min(1).optional().describe('Model of embed when the call names none'),
  api: z
    .enum(['chat-completions', 'responses'])
    .default('chat-completions')
    .describe('Which API chats go to; few servers beside OpenAI and Azure have responses'),
  logprobs: z
    .boolean()
    .default(true)
    .describe('Whether the model tells probabilities, from which confidence comes; reasoning models do not'),
  stream: z
    .boolean()
    .default(false)
    .describe('Whether chats are read as they are written, which people see who watch the run'),
  provider: z
    .enum(['openai', 'azure.ai.openai', 'groq', 'mistral_ai', 'deepseek', 'x_ai', 'local'])
    .optional()
    .describe('For cost and telemetry; absent: by the address'),
});
export type Settings = z.output<typeof Settings>;

const PROVIDERS: readonly [RegExp, string][] = [
  [/(^|\.)openai\.com$/, 'openai'],
  [/\.azure\.com$/, 'azure.ai.openai'],
  [/(^|\.)groq\.com$/, 'groq'],
  [/(^|\.)mistral\.ai$/, 'mistral_ai'],
  [/(^|\.)deepseek\.com$/, 'deepseek'],
  [/(^|\.)x\.ai$/, 'x_ai'],
];

/** Who runs the model, in the names of `gen_ai.provider.name`; a server of one's own is `local`. */
export function providerOf({ provider, baseUrl }: Pick<Settings, 'provider' | 'baseUrl'>): string {
  const { hostname } = new URL(baseUrl);
  return provider ?? PROVIDERS.find(([pattern]) => pattern.test(hostname))?.[1] ?? 'local';
}

/**
 * What the limit of tokens is called in Chat Completions: reasoning models of OpenAI refuse the older name,
 * and other servers do not know the newer one.
 */
export function tokenLimitName(settings: Settings): 'max_completion_tokens' | 'max_tokens' {
  const isOpenAi = ['openai', 'azure.ai.openai'].includes(providerOf(settings));
  return isOpenAi ? 'max_completion_tokens' : 'max_tokens';
}

export function httpDefaults({ baseUrl, apiKey, keyHeader, organization, project }: Settings): HttpDefaults {
  const key = keyHeader === 'api-key' ? apiKey : `Bearer ${apiKey}`;
  return {
    baseUrl,
    headers: {
      ...(apiKey !== undefined && { [keyHeader]: key as string }),
      ...(organization !== undefined && { 'openai-organization': organization }),
      ...(project !== undefined && { 'openai-project': project }),
    },
  };
}

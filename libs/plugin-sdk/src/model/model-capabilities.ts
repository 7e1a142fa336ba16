import * as model from '@tutti/contracts';
import type { Capability, DatabaseFor, RunContext } from '../plugin.js';
import { structured } from './answers.js';
import { classified, classifyChat } from './classify.js';
import { extractChat, extracted } from './extract.js';
import { ALTERNATIVES_MAX, type ModelReply } from './reply.js';
import { callUsage } from './usage.js';

type NoDatabase = DatabaseFor<never>;

/** What a provider works with, whichever capability was called. */
export type ModelCallContext<Settings> = Omit<RunContext<unknown, Settings, NoDatabase>, 'input'>;

/** What a chat is for. */
export interface ModelPurpose {
  of: 'chat' | 'classify' | 'extract';
  /** How many alternatives of each token are wanted with its probability; null: no probabilities. */
  alternatives: number | null;
}

/** What differs between the providers of models. */
export interface ModelProvider<Settings> {
  /** Performs one conversation. */
  chat(
    input: model.ModelChatInput,
    context: ModelCallContext<Settings>,
    purpose: ModelPurpose,
  ): Promise<ModelReply>;
  /** Whether the model tells probabilities, from which confidence comes. */
  tellsProbabilities(settings: Settings): boolean;
  /** As `gen_ai.provider.name`, and whether its models have no price a call. */
  who: (this: void, settings: Settings) => { provider: string; free: boolean };
}

type ModelCapability<
  Input extends Capability['input'],
  Output extends Capability['output'],
  Settings,
> = Capability<Input, Output, Settings, NoDatabase>;

/** `model.chat`, `model.classify` and `model.extract` of a provider that can chat. */
export function modelCapabilities<Settings>(provider: ModelProvider<Settings>): {
  'model.chat': ModelCapability<typeof model.ModelChatInput, typeof model.ModelChatOutput, Settings>;
  'model.classify': ModelCapability<
    typeof model.ModelClassifyInput,
    typeof model.ModelClassifyOutput,
    Settings
  >;
  'model.extract': ModelCapability<typeof model.ModelExtractInput, typeof model.ModelExtractOutput, Settings>;
} {
  const cost = ({ output, settings }: { output: ModelCost; settings: Settings }) =>
    callUsage(output, provider.who(settings));
  return {
    'model.chat': {
      summary: 'Answer a conversation: text, JSON of a schema, or calls of tools.',
      effect: 'read',
      input: model.ModelChatInput,
      output: model.ModelChatOutput,
      run: async ({ input, ...context }) =>
        structured(
          await provider.chat(input, context, { of: 'chat', alternatives: null }),
          input.output !== undefined,
        ),
      cost,
    },
    'model.classify': {
      summary: 'Say which of some classes a text belongs to, and how sure that is.',
      effect: 'read',
      input: model.ModelClassifyInput,
      output: model.ModelClassifyOutput,
      async run({ input, ...context }) {
        const tells = provider.tellsProbabilities(context.settings);
        const purpose: ModelPurpose = { of: 'classify', alternatives: tells ? ALTERNATIVES_MAX : null };
        return classified(await provider.chat(classifyChat(input, tells), context, purpose), input);
      },
      cost,
    },
    'model.extract': {
      summary: 'Read a text, pictures or documents into JSON of a schema.',
      effect: 'read',
      input: model.ModelExtractInput,
      output: model.ModelExtractOutput,
      async run({ input, ...context }) {
        const alternatives = provider.tellsProbabilities(context.settings) ? 0 : null;
        return extracted(await provider.chat(extractChat(input), context, { of: 'extract', alternatives }));
      },
      cost,
    },
  };
}

interface ModelCost {
  model: string;
  usage: model.ModelUsage | null;
}

/** `model.embed` of a provider that gives vectors. */
export function embedCapability<Settings>(
  embed: (
    input: model.ModelEmbedInput,
    context: ModelCallContext<Settings>,
  ) => Promise<model.ModelEmbedOutput>,
  who: ModelProvider<Settings>['who'],
): ModelCapability<typeof model.ModelEmbedInput, typeof model.ModelEmbedOutput, Settings> {
  return {
    summary: 'Turn texts into vectors.',
    effect: 'read',
    input: model.ModelEmbedInput,
    output: model.ModelEmbedOutput,
    run: ({ input, ...context }) => embed(input, context),
    cost: ({ output, settings }) => callUsage(output, who(settings)),
  };
}

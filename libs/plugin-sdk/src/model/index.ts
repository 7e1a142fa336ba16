/** What all model plugins have in common: prompts, the reading of answers, files, usage, capabilities. */
export { argumentsText, structured, tokens, toolArguments } from './answers.js';
export { systemText, turnsOf, type ModelConversationMessage, type ModelTurn } from './conversation.js';
export { fileOf, IMAGE_TYPES, type ModelFile } from './files.js';
export { modelsTold } from './health.js';
export {
  embedCapability,
  modelCapabilities,
  type ModelCallContext,
  type ModelProvider,
  type ModelPurpose,
} from './model-capabilities.js';
export { ALTERNATIVES_MAX, type ModelReply, type ModelToken, type TokenChance } from './reply.js';
export { outputOfTool, withOutputTool } from './output-tool.js';
export { noCredit } from './refusals.js';
export { brokenAnswer, cutAnswer, streamedJson } from './stream.js';
export { callUsage } from './usage.js';

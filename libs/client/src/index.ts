export {
  createClient,
  type Applied,
  type WorkflowPreview,
  type ArtifactRef,
  type ClientOptions,
  type RunDetail,
  type RunStarted,
  type StartRunOptions,
  type TuttiClient,
} from './client.js';
export { ApiProblem, type Problem } from './problem.js';
export { type HubEvent } from './follow.js';
export type { components, operations, paths } from './generated/openapi.types.js';

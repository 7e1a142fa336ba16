export { createApiApp, type ApiAppOptions } from './api.app.js';
export { ApiModule, type ApiModuleOptions, type ModuleImport } from './api.module.js';
export { ApiConfig, API_CONFIG } from './config/api.config.js';
export { ensureAdminToken, hashSecret, newSecret } from './access/tokens.js';
export { CONNECTION_SIGN_INS, type ConnectionSignIns } from './connections/sign-ins.port.js';
export { HOOK_READER } from './hooks/hook.reader.js';
export { CONNECTION_TESTER, type ConnectionTester } from './connections/connection.tester.js';
export type { ApiRequest, Caller } from './access/access.types.js';
export { AccessService } from './access/access.service.js';
export { RunIntake, type StartRun, type StartedRun } from './runs/runs.intake.js';
export type { FunctionSource } from './workflows/function-source.js';
export { WorkflowsService } from './workflows/workflows.service.js';
export { PoliciesService } from './policies/policies.service.js';
export { ConnectionsService } from './connections/connections.service.js';
export { openApiDocument } from './openapi/openapi.document.js';
export { ProblemError } from './problems/problem.error.js';
export { drainApi } from './health/drain.js';
export {
  DEAD_LETTER_REDRIVERS,
  type DeadLetterRedriver,
  type RedrivableLetter,
  type RedriveOutcome,
} from './dead-letters/dead-letter.redriver.js';
export { METRICS_TYPE, renderMetrics, type MetricsInstance } from './system/metrics.text.js';
export { instanceItem } from './system/instance.items.js';

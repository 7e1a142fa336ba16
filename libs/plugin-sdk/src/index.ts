export { askUntil, type Asking } from './ask-until.js';
export {
  attemptCapability,
  capabilityOf,
  reconcileCapability,
  resumeCapability,
  type AttemptPorts,
} from './attempt.js';
export {
  FileBody,
  FormBody,
  fileBody,
  fileRef,
  formBody,
  sentBody,
  type FormField,
  type SentBody,
} from './bodies.js';
export { changedRecords, type Change, type ChangesRequest } from './changes.js';
export { contractMismatch, contractRangeText } from './contract-range.js';
export { describePlugin, secretSettings } from './describe.js';
export { changedCapability } from './discovery.js';
export { PermanentError, TransientError, isClassifiedError, type PluginErrorDetails } from './errors.js';
export { explaining, orNull, retold, type HttpFailure } from './explaining.js';
export { HOST_PATTERN, allowedHosts, declaredHosts, hostsOf, matchesHost, reachesOut } from './hosts.js';
export { Later, isLater, later, type LaterCall, type PendingCall } from './later.js';
export { oauth2Client, signInOf, type OAuth2, type OAuth2Client } from './oauth2.js';
export {
  CONTRACT_RANGE,
  CONTRACT_VERSION,
  PLUGIN_KINDS,
  definePlugin,
  type AwsSignature,
  type Capability,
  type DatabaseDeclaration,
  type Discovery,
  type FoundRunContext,
  type HealthContext,
  type HttpDefaults,
  type Plugin,
  type PluginKind,
  type PluginLiteral,
  type Reconciliation,
  type ResumeContext,
  type RunContext,
} from './plugin.js';
export { HTTP_PORT_METHODS } from './ports.js';
export type {
  DatabasePort,
  DatabaseSession,
  FilesPort,
  HttpAnswer,
  HttpMethod,
  HttpPort,
  HttpPortMethod,
  HttpQuery,
  HttpRequest,
  HttpRequestFor,
  HttpStreamRequest,
  LogPort,
  Program,
  ProgramsPort,
  RunningProgram,
  StreamItem,
} from './ports.js';
export { markOf, markUuid } from './mark.js';
export {
  byCursor,
  byLink,
  byNumber,
  byOffset,
  byUrl,
  pages,
  type NextRequest,
  type PageSeen,
  type PagesRequest,
  type Paging,
} from './pages.js';
export { IDEMPOTENCY_KEYS_TABLE, once, type WriteRequest } from './once.js';
export {
  POLL_INTERVAL_SECONDS,
  type HookBasicAuth,
  type Hooked,
  type HookRequest,
  type HookResponse,
  type HookSignature,
  type HookToken,
  type HookVerification,
  type Polled,
  type PollTrigger,
  type StreamTrigger,
  type Subscription,
  type Trigger,
  type TriggerBatch,
  type TriggerContext,
  type TriggerEvent,
  type WebhookTrigger,
} from './trigger.js';
export { type PluginFinding } from './finding.js';
export { HookVerificationShape } from './verify-trigger.js';
export { Session, type SessionDeclaration, type SessionPorts } from './session.js';
export { verifyPlugin } from './verify.js';

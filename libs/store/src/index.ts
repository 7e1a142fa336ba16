export { instant } from './instant.js';
export {
  startEmbeddedPostgres,
  StartError,
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
} from './embedded/embedded-postgres.js';
export { openDatabase, openHotPool, surviveLostConnections, type DatabaseConnection } from './database.js';
export { inTransaction } from './in-transaction.js';
export { type Sweep, SweepLoop } from './sweep-loop.js';
export { dayOf, dayOfId, ensurePartition, ensurePartitions } from './partitions.js';
export { MIGRATIONS } from './migrations/index.js';
export * from './entities/index.js';
export { LOCK_ACCEPTING } from './runs/run-store.sql.js';
export { RunStore } from './runs/run-store.js';
export * from './runs/run-store.types.js';
export { ChildrenKeptOut } from './runs/children.js';
export {
  ConnectionUseStore,
  type ConnectionHour,
  type ConnectionTold,
  type ConnectionUse,
} from './connections/connection-use-store.js';
export { DURATION_BUCKETS_MS, durationBucket, percentileOf } from './runs/durations.js';
export { readRouting, type StoredRouting, usesFormerPlugin } from './routing-rows.js';
export { HOT_POOL, StoreModule } from './store.module.js';
export { beginRotation, KeyRotation, keyStatus } from './secrets/key-rotation.js';
export { type GivenKeys, openSecretBox, type OpenedBox } from './secrets/open-secret-box.js';
export { SecretBox, type SecretOwner } from './secrets/secret-box.js';
export { SecretMarks, type MarkedSecret } from './secrets/secret-marks.js';
export { SpanStore, type Sighting, type SourceRow } from './telemetry/span-store.js';
export { cleanText, type SpanRow } from './telemetry/span-row.js';
export {
  SPAN_RETENTION,
  applySpanRetention,
  dayPartitions,
  partitionsToDrop,
  type DayPartition,
  type SpanRetention,
} from './telemetry/span-retention.js';
export { concernsOpenTasks, openTasksAt, type OpenTask } from './runs/open-tasks.js';
export { packTurn, unpackEntries, type JournaledEvent } from './runs/journal-codec.js';
export { isDatabaseAway, isDataRefused } from './database-away.js';
export {
  EVENT_FAN_OUT_MAX,
  EVENT_RETENTION,
  EventStore,
  type EventBell,
  type EventRetention,
  type EventToTake,
  type Subscription,
  type TakenEvent,
} from './events/event-store.js';
export { EventOutbox, OUTBOX_BOUND, type OutboxBound, type OutboxEvent } from './events/event-outbox.js';
export { Counters } from './bus/counters.js';
export { BusStateStore, type BusState } from './bus/bus-state-store.js';
export { DeadLetterStore, type DeadLetterRow } from './bus/dead-letter-store.js';
export { PayloadStore } from './bus/payload-store.js';
export {
  INSTANCE_ALIVE,
  type InstanceReport,
  type ServiceInstance,
  ServiceInstances,
} from './bus/service-instances.js';
export {
  RunPlaces,
  type Allotment,
  type AdmissionView,
  type PlaceOfRun,
  type QueueName,
  type RunToQueue,
} from './places/run-places.js';
export { allotPlaces, type AllotOptions, type QueueLimits } from './places/allot.js';
export { acceptedOf, ADMITTED_UNSTARTED_MAX, RunAdmission } from './places/run-admission.js';
export {
  integrityOf,
  PLUGIN_LIMITS,
  type PluginFile,
  PluginRefused,
  type PluginTarball,
  readPluginTarball,
} from './plugins/plugin-tarball.js';
export {
  alignPluginTrigger,
  forgetPluginTrigger,
  type HeldTrigger,
  type HookedTrigger,
  type Look,
  lookAtPluginTrigger,
  PluginTriggerStore,
  type PluginTriggerSource,
  type PluginTriggerStatus,
  type StoredEvent,
  switchPluginTrigger,
  TriggerLost,
} from './triggers/plugin-trigger-store.js';
export {
  type Approval,
  type DiscoveryMode,
  type DueDiscovery,
  DiscoveryStore,
  type StoredDiscovery,
} from './discoveries/discovery-store.js';
export { CallbackStore, type AnswerableCall, type Callback } from './callbacks/callback-store.js';
export { PartialStore, type PartialResult } from './partials/partial-store.js';

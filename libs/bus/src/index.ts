export {
  Bus,
  type BatchContext,
  type BatchHandler,
  type BusStatus,
  type Handled,
  type TopicMessages,
} from './bus.js';
export type { DeadLetter, DeadLetterSink, PayloadStore } from './ports.js';
export { InProcessBus } from './in-process.bus.js';
export { InProcessStrategy } from './in-process.strategy.js';
export { BusModule } from './bus.module.js';
export {
  decodeLifecycle,
  encodeLifecycle,
  type EventRecord,
  LIFECYCLE_LEVELS,
  type LifecycleLevel,
  type RecordHeaders,
} from './cloud-events/lifecycle.codec.js';

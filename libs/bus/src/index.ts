export {
  Bus,
  type BatchContext,
  type BatchHandler,
  type BusStatus,
  type Handled,
  type TopicMessages,
} from './bus.js';
export type { BusStateStore, DeadLetterSink, PayloadStore } from './ports.js';
export { InProcessBus } from './in-process.bus.js';
export { InProcessStrategy } from './in-process.strategy.js';
export { BusModule } from './bus.module.js';
export {
  decodeLifecycle,
  encodeLifecycle,
  type EventRecord,
  LIFECYCLE_LEVELS,
  type LifecycleLevel,
} from './cloud-events/lifecycle.codec.js';
export { type EventSink, type OutgoingEvent, SinkAway } from './cloud-events/event-sink.js';
export { eventSinks, readEventTarget } from './cloud-events/event-sinks.js';
export { HttpEventSink, type HttpEventSinkOptions } from './cloud-events/http-event-sink.js';
export { eventsTopicName, KafkaEventSink } from './cloud-events/kafka-event-sink.js';
export { BATCH_TYPE, checkedEvent, CloudEventError, STRUCTURED_TYPE } from './cloud-events/event-data.js';
export { fromHttp, type HttpEvents, type HttpHeaders, toHttp } from './cloud-events/http-binding.js';
export { fromKafka, isCloudEvent, type RecordHeaders, toKafka } from './cloud-events/kafka-binding.js';
export { decodeSpooled, encodeSpooled, type SpooledTelemetry } from './spooled-telemetry.js';
export { BusClosedError } from './kafka/bus-closed.error.js';
export type { BusCounters } from './kafka/counters.js';
export { KafkaBus, type KafkaBusOptions } from './kafka/kafka.bus.js';
export { KafkaConfig, KafkaConfigError, readKafkaConfig } from './kafka/kafka-config.js';
export { KafkaStrategy } from './kafka/kafka.strategy.js';
export { brokerTopicName } from './kafka/kafka-topics.js';
export type { PartitionStatus, TopicStatus } from './kafka/topic-watch.js';
export { createKafkaClient, reasonOf } from './kafka/kafka-client.js';
export { pause } from './kafka/pause.js';
export { SupervisedConsumer, type SupervisedConsumerOptions } from './kafka/supervised-consumer.js';

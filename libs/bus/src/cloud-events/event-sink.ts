import type { CloudEvent } from '@tutti/contracts';

/** An event of a run that is to leave the hub. */
export interface OutgoingEvent {
  event: CloudEvent;
  /** The topic that the task named, where the sink has topics. */
  topic: string | null;
}

/** It is not the event that cannot be sent: the sink takes none for the moment. */
export class SinkAway extends Error {}

/** Where the events that runs emit go. */
export interface EventSink {
  /** Stands in the rows of events that wait for it, so it never changes. */
  readonly name: string;
  /** For each event, in their order: null once it is acknowledged, else why it is not. Never rejects. */
  send(events: readonly OutgoingEvent[]): Promise<(Error | null)[]>;
  close(): Promise<void>;
}

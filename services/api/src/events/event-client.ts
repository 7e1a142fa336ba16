/** An event as the browsers get it: ids and status only, the rest is asked for. */
export interface HubEvent {
  name: 'run.changed' | 'review.changed';
  /** A later event about the same thing replaces an earlier one that was not sent yet. */
  subject: string;
  data: string;
}

/** Where events are written to: a socket's response. */
export interface EventSink {
  /** False when the reader is behind; `drain` says when it has caught up. */
  write(text: string): boolean;
  once(event: 'drain', listener: () => void): unknown;
  end(): void;
}

/**
 * One reader of /v1/events with a bounded buffer. While it is behind, only the last event about each run is
 * kept; when there are too many of
 * them, they are dropped for one `resync`, upon which the reader asks for everything anew.
 */
export class EventClient {
  private readonly pending = new Map<string, HubEvent>();
  private blocked = false;
  private overflowed = false;

  constructor(
    readonly workspaceId: string,
    private readonly sink: EventSink,
    private readonly bufferMax: number,
  ) {}

  greet(missedSome: boolean, lastId: string): void {
    this.write(
      `retry: 2000\n\n${missedSome ? `id: ${lastId}\nevent: resync\ndata: {}\n\n` : ': welcome\n\n'}`,
    );
  }

  add(event: HubEvent): void {
    if (this.overflowed) return;
    // Deleted first, so that the newest event about a run also stands last.
    this.pending.delete(event.subject);
    this.pending.set(event.subject, event);
    if (this.pending.size > this.bufferMax) {
      this.pending.clear();
      this.overflowed = true;
    }
  }

  flush(lastId: string): void {
    if (this.blocked || (this.pending.size === 0 && !this.overflowed)) return;
    const events = this.overflowed
      ? [`event: resync\ndata: {}\n`]
      : [...this.pending.values()].map((event) => `event: ${event.name}\ndata: ${event.data}\n`);
    this.pending.clear();
    this.overflowed = false;
    this.write(events.map((event) => `id: ${lastId}\n${event}\n`).join(''));
  }

  /** A reader that is behind needs no sign of life: its bytes are on the way. */
  heartbeat(): void {
    if (!this.blocked) this.write(`event: heartbeat\ndata: {"at":"${new Date().toISOString()}"}\n\n`);
  }

  end(): void {
    this.sink.end();
  }

  private write(text: string): void {
    if (this.sink.write(text)) return;
    this.blocked = true;
    this.sink.once('drain', () => {
      this.blocked = false;
    });
  }
}

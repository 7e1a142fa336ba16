import type { EventStore, JSONRPCMessage } from '@modelcontextprotocol/server';

interface Kept {
  id: string;
  streamId: string;
  message: JSONRPCMessage;
}

/** Messages of one session that a client may come back for. */
const KEPT_MAX = 200;

/** The last messages of a session, for a client whose stream broke. */
export class EventMemory implements EventStore {
  private readonly kept: Kept[] = [];
  private count = 0;

  storeEvent(streamId: string, message: JSONRPCMessage): Promise<string> {
    this.count += 1;
    const id = String(this.count);
    this.kept.push({ id, streamId, message });
    if (this.kept.length > KEPT_MAX) this.kept.shift();
    return Promise.resolve(id);
  }

  getStreamIdForEventId(eventId: string): Promise<string | undefined> {
    return Promise.resolve(this.kept.find(({ id }) => id === eventId)?.streamId);
  }

  async replayEventsAfter(
    lastEventId: string,
    { send }: { send: (eventId: string, message: JSONRPCMessage) => Promise<void> },
  ): Promise<string> {
    const streamId = await this.getStreamIdForEventId(lastEventId);
    if (streamId === undefined) return '';
    for (const { id, message, streamId: of } of this.kept) {
      // What primes a stream is stored as an empty message, which is nothing to be sent again.
      if (of === streamId && Number(id) > Number(lastEventId) && 'jsonrpc' in message)
        await send(id, message);
    }
    return streamId;
  }
}

import { EventSourceParserStream } from 'eventsource-parser/stream';

/** One event of a stream. */
export interface StreamEvent {
  event?: string;
  id?: string;
  data: string;
}

/** The events of a reply in `text/event-stream`, as they come. Ending the loop ends the exchange. */
export async function* eventsOf(reply: Response): AsyncGenerator<StreamEvent> {
  if (reply.body === null) return;
  const events = reply.body
    .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
    .pipeThrough(new EventSourceParserStream());
  for await (const { event, id, data } of events as unknown as AsyncIterable<StreamEvent>)
    yield { data, ...(event !== undefined && { event }), ...(id !== undefined && { id }) };
}

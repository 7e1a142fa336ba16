import { type BusStatus, type TopicMessages, InProcessBus } from '@tutti/bus';
import { TOPICS, uuidv7 } from '@tutti/contracts';
import { hubTopicOf, readBusMessage } from './bus-letter.js';
import type { RedrivableLetter, RedriveOutcome } from './dead-letter.redriver.js';
import type { LetterDetailRow } from './dead-letters.queries.js';
import { LetterSender } from './letter-sender.js';

const NO_ROWS = { query: () => Promise.resolve([]) };

class RecordingBus extends InProcessBus {
  readonly sent: [string, unknown[]][] = [];
  override publish<T extends keyof TopicMessages>(
    topic: T,
    messages: readonly TopicMessages[T][],
  ): Promise<void> {
    this.sent.push([topic, [...messages]]);
    return Promise.resolve();
  }
  override status(): BusStatus {
    return { ...super.status(), transport: 'kafka' };
  }
}

function row(more: Partial<LetterDetailRow>): LetterDetailRow {
  return {
    id: uuidv7(),
    workspaceId: 'default',
    triggerId: null,
    triggerName: null,
    topic: 'tutti.run-inbox.v1',
    partition: 0,
    offset: '7',
    key: null,
    reason: 'refused',
    detail: '',
    status: 'open',
    bytes: 1,
    edited: false,
    redrives: 0,
    createdAt: '',
    resolvedAt: null,
    resolvedBy: null,
    headers: '{}',
    payload: Buffer.from('{}'),
    editedPayload: null,
    ...more,
  };
}

describe('sending letters', () => {
  it('hands letters of triggers to their redriver, the edited payload first; keeps what fails', async () => {
    const seen: RedrivableLetter[] = [];
    const outcomes: RedriveOutcome[] = [
      { status: 'accepted' },
      { status: 'dead', reason: 'schema', detail: 'still wrong' },
    ];
    const sender = new LetterSender(new RecordingBus(), {
      check: () => Promise.resolve(null),
      redrive: (letter) => {
        seen.push(letter);
        return Promise.resolve(outcomes.shift() as RedriveOutcome);
      },
    });
    const triggerId = uuidv7();
    const letters = [
      row({ triggerId, topic: 'acme.orders', editedPayload: Buffer.from('{"a":1}') }),
      row({ triggerId, topic: 'acme.orders' }),
    ];
    const sent = await sender.send(NO_ROWS, letters);
    expect(sent).toEqual({
      done: [{ id: letters[0]?.id, hash: null }],
      refused: [],
      failed: [{ id: letters[1]?.id, reason: 'schema', detail: 'still wrong' }],
    });
    expect(seen[0]).toMatchObject({
      triggerId,
      topic: 'acme.orders',
      offset: '7',
      payload: Buffer.from('{"a":1}'),
    });
  });

  it('publishes each topic in one go, and bytes of spans as they are', async () => {
    const bus = new RecordingBus();
    const due = () => Buffer.from(JSON.stringify({ kind: 'run.due', runId: uuidv7() }));
    await new LetterSender(bus).send(NO_ROWS, [
      row({ payload: due() }),
      row({ topic: 'x.spans.v1', payload: Buffer.from([1, 2]) }),
      row({ payload: due() }),
    ]);
    expect(bus.sent.map(([topic, messages]) => [topic, messages.length])).toEqual([
      [TOPICS.runInbox, 2],
      [TOPICS.spans, 1],
    ]);
    expect(bus.sent[1]?.[1]).toEqual([Buffer.from([1, 2])]);
  });
});

describe('reading a message', () => {
  const placeOf = (text: string) => {
    const read = readBusMessage(TOPICS.runInbox, {}, Buffer.from(text));
    return 'detail' in read ? [read.errors[0]?.line, read.errors[0]?.column] : null;
  };
  it.each([
    ['nope', [1, 2]],
    ['{"a":1,}', [1, 8]],
    ['{\n"a" 1}', [2, 5]],
    ['{"a": tru}', [1, 10]],
    ['', [1, 1]],
    ['{"a":"x', [1, 8]],
    ['[1,\n2,\n}', [3, 1]],
    [`{"kind":"run.due","runId":"${'a'.repeat(80)}",\n  "n": -}`, [2, 9]],
  ])('says where %j stops being JSON', (text, place) => expect(placeOf(text)).toEqual(place));

  it('knows the hub behind any prefix, and no foreign topic', () => {
    expect(hubTopicOf('acme-prod.run-inbox.v1')).toBe(TOPICS.runInbox);
    expect(hubTopicOf(TOPICS.lifecycle)).toBe(TOPICS.lifecycle);
    expect(hubTopicOf('acme.orders')).toBeUndefined();
  });

  it('refuses what is no text, and an event without its attributes', () => {
    expect(readBusMessage(TOPICS.calls, {}, Buffer.from([0xff]))).toMatchObject({
      detail: expect.stringMatching(/UTF-8/),
    });
    expect(readBusMessage(TOPICS.lifecycle, {}, Buffer.from('{}'))).toHaveProperty('detail');
  });
});

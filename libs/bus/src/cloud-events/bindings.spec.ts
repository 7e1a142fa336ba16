import type { CloudEvent as Event } from '@tutti/contracts';
import { CloudEvent, HTTP, Kafka, Mode } from 'cloudevents';
import fc from 'fast-check';
import { CloudEventError } from './event-data.js';
import { fromHttp, toHttp } from './http-binding.js';
import { fromKafka, isCloudEvent, toKafka } from './kafka-binding.js';

const event: Event = {
  specversion: '1.0',
  id: '1',
  source: '/orders',
  type: 'com.example.order.placed',
  time: '2026-11-22T04:30:00.000Z',
  subject: 'order 7',
  datacontenttype: 'application/json',
  partitionkey: 'customer-3',
  data: { total: '12.50' },
};
const PLAIN = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const MADE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

/** A request as Node would give it. */
const lower = (headers: object) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]));
const refused = (read: () => unknown): string => {
  try {
    read();
  } catch (error) {
    expect(error).toBeInstanceOf(CloudEventError);
    return (error as Error).message;
  }
  throw new Error('It was not refused.');
};

describe('both bindings', () => {
  const text = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
    .filter((one) => one.isWellFormed());
  const data = fc.oneof(
    fc.record({
      data: fc.jsonValue(),
      datacontenttype: fc.constantFrom('application/json', 'application/x+json'),
    }),
    fc.record({ data: text, datacontenttype: fc.constantFrom('text/plain', 'application/xml') }),
    fc
      .uint8Array({ minLength: 1, maxLength: 50 })
      .map((bytes) => ({ data_base64: Buffer.from(bytes).toString('base64'), datacontenttype: 'image/png' })),
  );
  const anyEvent = fc
    .tuple(fc.record({ id: text, source: text, type: text, subject: text, tenant: text }), data)
    .map(([attributes, body]) => ({ specversion: '1.0', ...attributes, ...body }) as Event);

  it('give back every event that they wrote', () => {
    fc.assert(
      fc.property(anyEvent, (one) => {
        const kafka = toKafka(one);
        const http = toHttp(one);
        // JSON has no -0.
        const sent = JSON.parse(JSON.stringify(one)) as Event;
        expect(fromKafka(kafka.headers, kafka.value)).toEqual(sent);
        expect(Object.values(http.headers).join('')).toMatch(/^[\x20-\x7e]*$/);
        expect(fromHttp(http.headers, http.body)).toEqual({ event: sent });
      }),
    );
  });

  it.each([
    ['no specversion', { specversion: undefined }, 'specversion'],
    ['another version', { specversion: '0.3' }, '0.3'],
    ['an empty id', { id: '' }, 'id'],
    ['no source', { source: undefined }, 'source'],
    ['a time that is none', { time: 'soon' }, 'soon'],
    ['an attribute of another alphabet', { Tenant: 'x' }, 'Tenant'],
    ['an attribute that is an object', { tenant: {} }, 'tenant'],
    ['two kinds of data', { data: 1, data_base64: 'AA==' }, 'not both'],
    ['data that is no base64', { data: undefined, data_base64: '!' }, 'base64'],
  ])('refuse an event with %s, saying so', (_what, wrong, says) => {
    const body = Buffer.from(JSON.stringify({ ...event, ...wrong }));
    const headers = { 'content-type': 'application/cloudevents+json' };
    expect(refused(() => fromHttp(headers, body))).toContain(says);
    expect(refused(() => fromKafka(headers, body))).toContain(says);
  });

  it('refuse data that is not what its media type says', () => {
    const { headers } = toKafka(event);
    expect(refused(() => fromKafka(headers, Buffer.from('{')))).toContain('JSON');
    expect(refused(() => fromKafka(headers, Buffer.from([0xff, 0xfe])))).toContain('UTF-8');
    expect(refused(() => fromKafka({ 'content-type': 'application/cloudevents+avro' }, null))).toContain(
      'avro',
    );
  });

  it('take the trace position of the plain header first, then that of the event', () => {
    const { headers, value } = toKafka({ ...event, traceparent: MADE });
    expect(headers).toMatchObject({ ce_traceparent: MADE, traceparent: MADE });
    expect(fromKafka({ ...headers, traceparent: Buffer.from(PLAIN) }, value).traceparent).toBe(PLAIN);
    expect(fromKafka({ ...headers, traceparent: undefined }, value).traceparent).toBe(MADE);
    const http = toHttp({ ...event, traceparent: MADE });
    expect(fromHttp({ ...http.headers, traceparent: PLAIN }, http.body)).toMatchObject({
      event: { traceparent: PLAIN },
    });
  });
});

describe('the Kafka binding', () => {
  it('makes the partition key the key, and keeps it as an attribute', () => {
    expect(toKafka(event)).toMatchObject({ key: 'customer-3', headers: { ce_partitionkey: 'customer-3' } });
    expect(toKafka({ ...event, partitionkey: undefined }).key).toBeNull();
  });

  it('tells an event from a record without an envelope', () => {
    expect(isCloudEvent(toKafka(event).headers)).toBe(true);
    expect(isCloudEvent({ 'Content-Type': Buffer.from('application/cloudevents+json') })).toBe(true);
    expect(isCloudEvent({ 'content-type': 'application/json' })).toBe(false);
  });

  it.each([Mode.BINARY, Mode.STRUCTURED])('reads what the SDK of the project writes in %s mode', (mode) => {
    const written = new CloudEvent(event as never);
    const { headers, value } = mode === Mode.BINARY ? Kafka.binary(written) : Kafka.structured(written);
    const bytes = typeof value === 'string' ? value : JSON.stringify(value);
    expect(fromKafka(headers as Record<string, string>, Buffer.from(bytes))).toEqual(event);
  });
});

describe('the HTTP binding', () => {
  it.each([Mode.BINARY, Mode.STRUCTURED])('reads what the SDK of the project writes in %s mode', (mode) => {
    const written = new CloudEvent(event as never);
    const { headers, body } = mode === Mode.BINARY ? HTTP.binary(written) : HTTP.structured(written);
    expect(fromHttp(lower(headers), Buffer.from(body as string))).toEqual({ event });
  });

  it('reads a batch without judging its events, so that one wrong event can be named', () => {
    const headers = { 'content-type': 'application/cloudevents-batch+json; charset=utf-8' };
    const batch = [event, { not: 'an event' }];
    expect(fromHttp(headers, Buffer.from(JSON.stringify(batch)))).toEqual({ batch });
    expect(refused(() => fromHttp(headers, Buffer.from('{}')))).toContain('array');
  });

  it('reads a header in quotes and one with percent-encoding, as section 3.1.3.2 has it', () => {
    const headers = { ...toHttp(event).headers, 'ce-subject': '"Euro%20%E2%82%AC%20%F0%9F%98%80"' };
    expect(fromHttp(headers, Buffer.from('1'))).toMatchObject({ event: { subject: 'Euro € 😀' } });
  });
});

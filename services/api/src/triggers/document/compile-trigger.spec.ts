import { compileTrigger, parseTrigger } from './compile-trigger.js';
import type { TriggerDocument } from './trigger.document.js';

const text = (spec: string) => `kind: Trigger
metadata: { name: t }
spec:
  workflow: { namespace: a, name: b }
${spec.replace(/^/gm, '  ')}
`;
const findingsOf = (spec: string) =>
  parseTrigger(text(spec)).findings.map(({ message, pointer, line }) => [pointer, line, message]);

describe('the document of a trigger', () => {
  it('has defaults for what is mostly wanted', () => {
    expect(parseTrigger(text('kafka: { topic: x }')).trigger?.spec).toEqual({
      workflow: { namespace: 'a', name: 'b' },
      kafka: { topic: 'x', from: 'latest', format: 'json' },
      input: '.value',
      order: 'none',
    });
  });

  it('says in which line what is wrong', () => {
    expect(findingsOf('kafka: { topic: x }\nfilter: .value ==')).toEqual([
      ['/spec/filter', 6, expect.stringContaining('"spec.filter" is no jq')],
    ]);
    expect(findingsOf('kafka: { topic: x }\nschema: { type: nothing }')).toEqual([
      ['/spec/schema', 6, expect.stringContaining('"spec.schema" is no JSON Schema')],
    ]);
    expect(findingsOf('kafka:\n  topic: x\n  form: json')).toEqual([
      ['/spec/kafka/form', 7, 'Unknown property "form"'],
    ]);
    expect(findingsOf('kafka: { topic: x, format: avro }')).toEqual([
      ['/spec/kafka/format', 5, expect.stringContaining('Avro is not read')],
    ]);
    expect(findingsOf('kafka: { topic: "a b" }\nconcurrency: 0').map(([pointer]) => pointer)).toEqual([
      '/spec/kafka/topic',
      '/spec/concurrency',
    ]);
  });

  it('wants one source, not none and not two', () => {
    const message = expect.stringContaining(
      'needs exactly one of "kafka", "cloudevents" and "plugin"',
    ) as unknown;
    expect(findingsOf('order: key')).toEqual([['/spec', 3, message]]);
    expect(findingsOf('kafka: { topic: x }\ncloudevents: { type: y }')).toEqual([['/spec', 3, message]]);
  });

  it('takes JSON as well, and refuses what is no document', () => {
    const { trigger } = parseTrigger(JSON.stringify(parseTrigger(text('kafka: { topic: x }')).trigger));
    expect(trigger?.metadata.name).toBe('t');
    expect(parseTrigger('a: [').findings[0]).toMatchObject({ code: 'syntax', line: 1 });
    expect(parseTrigger('').findings).toHaveLength(1);
  });
});

describe('which events a trigger wants', () => {
  const wants = (globs: string, event: { type: string; source: string; subject?: string }) =>
    compileTrigger(parseTrigger(text(`cloudevents: ${globs}`)).trigger as TriggerDocument).wants(event);
  const event = { type: 'shop.order.paid', source: '/shops/7', subject: 'o-1' };

  it.each([
    ['{ type: shop.order.paid }', true],
    ['{ type: shop.order }', false],
    ["{ type: 'shop.*' }", true],
    ["{ type: 'shop.*.paid' }", true],
    ["{ type: '*' }", true],
    ["{ type: '*order*', source: '/shops/*' }", true],
    ["{ type: '*order*', source: '/stores/*' }", false],
    ["{ type: '*', subject: 'o-*' }", true],
    ["{ type: '*', subject: 'x*' }", false],
    ["{ type: 'shop.order.paid*paid' }", false],
  ])('%s: %s', (globs, expected) => expect(wants(globs, event)).toBe(expected));

  it('judges many stars as fast as few', () => {
    const many = { type: 'a'.repeat(5_000), source: '' };
    expect(wants(`{ type: '${'*a'.repeat(200)}*b' }`, many)).toBe(false);
  });
});

import { describe, expect, it } from '@jest/globals';
import { cloudEventFault } from './cloud-event.js';

const event = (more: Record<string, unknown> = {}) => ({
  specversion: '1.0',
  id: '1',
  source: '/shop',
  type: 'order.placed',
  ...more,
});

describe('an event', () => {
  it('is none with a control character or half of a surrogate pair in an attribute', () => {
    const forbidden: [character: string, name: string][] = [
      ['\u0000', 'U+0000'],
      ['\t', 'U+0009'],
      ['\u001f', 'U+001F'],
      ['\u007f', 'U+007F'],
      ['\u009f', 'U+009F'],
      ['\ud800', 'U+D800'],
      ['\udc00', 'U+DC00'],
    ];
    for (const name of ['id', 'source', 'type', 'subject', 'dataschema', 'datacontenttype', 'extension'])
      for (const [character, codePoint] of forbidden)
        expect(cloudEventFault(event({ [name]: `a${character}b` }))).toBe(
          `The attribute ${name} of a CloudEvent has the character ${codePoint}: ` +
            'control characters and halves of surrogate pairs are not allowed in an attribute.',
        );
  });

  it('may have any other character in an attribute', () => {
    expect(
      cloudEventFault(event({ subject: ' ~\u00a0ä€\u{1f600}', number: 1, truth: true })),
    ).toBeUndefined();
  });

  it('may have every character in its data, which is kept as JSON', () => {
    expect(cloudEventFault(event({ data: { text: 'a\u0000b\ud800' } }))).toBeUndefined();
  });
});

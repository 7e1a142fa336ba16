import { jest } from '@jest/globals';
import type { ModelClassifyOutput, ModelEmbedOutput } from '@tutti/contracts';
import { verifyPlugin } from '@tutti/plugin-sdk';
import { pluginBench } from '@tutti/plugin-sdk/testing';
import { DIMENSIONS, Encoder, MODEL } from './encoder.js';
import plugin, { encoder } from './index.js';

// A real model, on a machine that may be busy with much else: a limit against hanging, not a measure.
jest.setTimeout(300_000);

const bench = pluginBench(plugin, {});
const running = () => new AbortController().signal;
const CLASSES = [
  {
    name: 'billing',
    examples: [
      'I was charged twice',
      'please refund my payment',
      'the invoice is wrong',
      'my card was declined',
    ],
  },
  {
    name: 'shipping',
    examples: [
      'where is my parcel',
      'my delivery is late',
      'the package was lost',
      'change the delivery address',
    ],
  },
  {
    name: 'technical',
    examples: ['the app crashes', 'I cannot log in', 'an error message appears', 'the page does not load'],
  },
];
const classify = (text: string, classes: object[] = CLASSES) =>
  bench.call('model.classify', { text, classes }) as Promise<ModelClassifyOutput>;

afterAll(() => encoder.close());

it('keeps the rules for plugins, and tells in its health which model it has', async () => {
  expect(verifyPlugin(plugin)).toEqual([]);
  expect(await bench.health()).toBe('use-lite-en, 512 dimensions');
});

it('gives texts of one meaning vectors that lie near one another', async () => {
  const texts = [
    'where is my parcel',
    'the courier lost my package',
    'a recipe for apple pie',
    'where is my parcel',
  ];
  const { embeddings, model, usage } = (await bench.call('model.embed', { texts })) as ModelEmbedOutput;
  expect([model, usage, embeddings.map(({ length }) => length)]).toEqual([
    MODEL,
    null,
    Array(4).fill(DIMENSIONS),
  ]);
  const [parcel = [], courier = [], recipe = [], again] = embeddings;
  const nearness = (one: number[], other: number[]) =>
    one.reduce((sum, x, i) => sum + x * (other[i] ?? 0), 0);
  expect(nearness(parcel, courier)).toBeGreaterThan(nearness(parcel, recipe));
  expect(nearness(parcel, parcel)).toBeCloseTo(1, 4);
  expect(again).toEqual(parcel);
});

it.each([
  ['you took the money from my account two times', 'billing'],
  ['courier says delivered but nothing is at my door', 'shipping'],
  ['after the update it only shows a white screen', 'technical'],
])('knows the class of "%s"', async (text, expected) => {
  const output = await classify(text);
  expect(output).toMatchObject({ class: expected, model: MODEL });
  expect(output.scores.map(({ score }) => score)).toEqual(
    output.scores.map(({ score }) => score).toSorted((a, b) => b - a),
  );
  expect(output.scores.reduce((sum, { score }) => sum + score, 0)).toBeCloseTo(1, 6);
  expect(output.confidence).toBe(output.scores[0]?.score);
});

it('is less sure of what fits no class, and goes by names where there are no examples', async () => {
  const [clear, unclear] = [
    await classify('please refund my payment'),
    await classify('the weather is fine'),
  ];
  expect(clear.confidence).toBeGreaterThan(unclear.confidence ?? 1);
  const byName = [{ name: 'sports', description: 'football, tennis, games' }, { name: 'cooking' }];
  expect(await classify('a recipe for soup', byName)).toMatchObject({ class: 'cooking' });
});

it('costs nothing, which is not the same as unknown', () => {
  const output = { class: 'a', scores: [], model: MODEL, usage: null };
  const cost = plugin.capabilities['model.classify']?.cost?.({ input: {}, output, settings: {} });
  expect(cost).toMatchObject({ costMicros: 0, currency: 'USD', provider: 'tutti.local', model: MODEL });
});

it('refuses other models and dimensions', async () => {
  const texts = ['x'];
  await expect(bench.call('model.embed', { texts, model: 'gpt' })).rejects.toMatchObject({ status: 404 });
  await expect(bench.call('model.embed', { texts, dimensions: 3 })).rejects.toMatchObject({ status: 422 });
});

describe('the thread', () => {
  it('lets a call go that is cancelled, and serves the next', async () => {
    const own = new Encoder();
    const controller = new AbortController();
    const call = own.encode(['a long way to go'], controller.signal);
    controller.abort(new DOMException('enough', 'TimeoutError'));
    await expect(call).rejects.toThrow('enough');
    expect(await own.encode(['next'], running())).toHaveLength(1);
    await own.close();
  });

  it('is started again when it was ended', async () => {
    const own = new Encoder();
    const [first] = await own.encode(['same text'], running());
    await own.close();
    const [other] = await own.encode(['another text'], running());
    expect(first).toHaveLength(DIMENSIONS);
    expect(other).toHaveLength(DIMENSIONS);
    await own.close();
  });
});

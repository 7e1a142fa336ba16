import { z } from 'zod';
import { isClassifiedError } from '../errors.js';
import type { Plugin } from '../plugin.js';
import type { PollTrigger, StreamTrigger, WebhookTrigger } from '../trigger.js';
import { testPlugin } from './conformance.js';
import { reportText, type Check } from './report.js';
import type { ConformanceExamples } from './table.js';
import { FEED, FEED_EXAMPLES, withTrigger } from './testing/acme-feed.js';

const [POLLED, SENT, STREAMED] = ['feed.thing.polled', 'feed.thing.sent', 'feed.thing.streamed'];
const POLL = FEED.triggers?.[POLLED] as PollTrigger;
const poll: PollTrigger['poll'] = (context) => POLL.poll(context);
const hook = FEED.triggers?.[SENT] as WebhookTrigger;
const STREAM = FEED.triggers?.[STREAMED] as StreamTrigger;
const stream: StreamTrigger['stream'] = (context) => STREAM.stream(context);
type PollContext = Parameters<typeof poll>[0];
type StreamContext = Parameters<typeof stream>[0];

const polling = (change: (polled: object) => object) =>
  withTrigger(POLLED, { poll: async (context: PollContext) => change(await poll(context)) });
const catching = (caught: (error: unknown, context: PollContext) => unknown) =>
  withTrigger(POLLED, {
    poll: async (context: PollContext) => {
      try {
        return await poll(context);
      } catch (error) {
        return caught(error, context);
      }
    },
  });
const withExamples = (name: string, change: object): ConformanceExamples => ({
  ...FEED_EXAMPLES,
  triggers: {
    ...FEED_EXAMPLES.triggers,
    [name]: (FEED_EXAMPLES.triggers?.[name] ?? []).map((one) => ({ ...one, ...change })),
  },
});
const writing = (change: object): Plugin => {
  const capability = FEED.capabilities['feed.text.write'] as Plugin['capabilities'][string];
  return { ...FEED, capabilities: { 'feed.text.write': { ...capability, ...change } } };
};

it('finds nothing in triggers that keep the rules', async () => {
  const report = await testPlugin(FEED, FEED_EXAMPLES);
  expect(report.warnings + report.failed === 0 ? '' : reportText(report)).toBe('');
  for (const check of ['event-id', 'cursor', 'webhook', 'stream', 'partial', 'malformed', 'cancel'])
    expect(report.results).toContainEqual(expect.objectContaining({ check, state: 'passed' }));
});

it('warns where nothing is known of a trigger, and where only the address keeps others out', async () => {
  const { verify: _, ...open } = hook;
  const plugin = { ...FEED, triggers: { ...FEED.triggers, [SENT]: open } };
  const report = await testPlugin(plugin, withExamples(POLLED, { events: undefined }));
  expect(report.failed).toBe(0);
  const warned = report.results.filter(({ state }) => state === 'warning');
  expect(warned.map(({ check, place }) => [check, place])).toEqual([
    ['examples', POLLED],
    ['webhook', SENT],
  ]);
  const none = await testPlugin(FEED, { ...FEED_EXAMPLES, triggers: {} });
  expect(none).toMatchObject({ failed: 0, warnings: 3 });
});

describe('a broken trigger is caught by exactly the check for it', () => {
  const BROKEN: [Check, string, Plugin, ConformanceExamples?][] = [
    [
      'examples',
      'an example of what is not there',
      FEED,
      { ...FEED_EXAMPLES, triggers: { ...FEED_EXAMPLES.triggers, 'feed.thing.lost': [{}] } },
    ],
    ['example', 'other events than the example', FEED, withExamples(SENT, { events: [] })],
    ['example', 'no batch of events', polling(() => ({ events: [{ data: 1 }] }))],
    ['output', 'data that breaks its schema', withTrigger(SENT, { event: z.object({ other: z.int() }) })],
    [
      'output',
      'one id for two events',
      polling((polled) => ({
        ...polled,
        events: (polled as { events: object[] }).events.map((one) => ({ ...one, id: 'same' })),
      })),
      withExamples(POLLED, { events: undefined }),
    ],
    [
      'event-id',
      'an id of its own in each look',
      polling((polled) => ({
        ...polled,
        events: (polled as { events: object[] }).events.map((one) => ({ ...one, id: crypto.randomUUID() })),
      })),
      withExamples(POLLED, { events: undefined }),
    ],
    ['cursor', 'a cursor that is lost', polling((polled) => ({ ...polled, cursor: null }))],
    ['cursor', 'a cursor that is no JSON', polling((polled) => ({ ...polled, cursor: new Date(0) }))],
    ['cursor', 'too large a cursor', polling((polled) => ({ ...polled, cursor: 'x'.repeat(70_000) }))],
    [
      'status',
      'a refusal that is taken for nothing new',
      catching((error, { cursor }) => {
        if (isClassifiedError(error) && error.status === 401) return { events: [], cursor };
        throw error;
      }),
    ],
    [
      'cancel',
      'a look that goes on',
      catching((error, { signal }) => {
        if (signal.aborted) return new Promise(() => undefined);
        throw error;
      }),
    ],
    [
      'webhook',
      'a signature that is made otherwise than the vendor makes it',
      FEED,
      withExamples(SENT, {
        request: {
          json: { id: 'd-1', thing: { number: 1, text: 'one' } },
          headers: { 'x-signature': 'v1=00', 'x-timestamp': '1790000000' },
          signedAt: '2026-09-21T14:13:20Z',
        },
      }),
    ],
    [
      'malformed',
      'a body that nobody checks',
      withTrigger(SENT, {
        event: z.unknown(),
        webhook: ({ text }: { text: string }) => ({
          events: [{ id: text.slice(0, 20) || 'none', data: text }],
        }),
      }),
      withExamples(SENT, { events: undefined }),
    ],
    [
      'malformed',
      'a defect for a body of another shape',
      withTrigger(SENT, {
        webhook: ({ text }: { text: string }) => {
          const { id, thing } = JSON.parse(text) as { id: string; thing: { number: number; text: string } };
          return { events: [{ id: id.trim(), data: { number: thing.number, text: thing.text } }] };
        },
      }),
    ],
    [
      'stream',
      'events that nobody waits for',
      withTrigger(STREAMED, {
        stream: (context: StreamContext) =>
          stream({
            ...context,
            emit: (batch) => {
              void context.emit(batch);
              return Promise.resolve();
            },
          }),
      }),
    ],
    [
      'stream',
      'a stream that begins anew',
      withTrigger(STREAMED, { stream: (context: StreamContext) => stream({ ...context, cursor: null }) }),
    ],
    [
      'cut',
      'a stream whose cut is its end',
      withTrigger(STREAMED, {
        stream: (context: StreamContext) =>
          stream(context).catch((error: unknown) => {
            if (!/was cut/.test(String(error))) throw error;
          }),
      }),
    ],
    [
      'partial',
      'pieces that do not add up',
      writing({
        run: async (attempt: Parameters<Plugin['capabilities'][string]['run']>[0]) => {
          attempt.partial('other ');
          return FEED.capabilities['feed.text.write']?.run(attempt);
        },
      }),
    ],
  ];

  it.each(BROKEN)('%s: %s', async (...[check, , plugin, examples = FEED_EXAMPLES]) => {
    const cancelMsMax = check === 'cancel' ? 100 : 60_000;
    const { results } = await testPlugin(plugin, examples, { cancelMsMax });
    const failed = results.filter(({ state }) => state === 'failed');
    expect([...new Set(failed.map((one) => one.check))]).toEqual([check]);
    expect(failed[0]?.message).not.toBe('');
  });
});

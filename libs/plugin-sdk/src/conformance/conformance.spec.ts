import { z } from 'zod';
import { isClassifiedError, PermanentError, TransientError } from '../errors.js';
import type { Plugin } from '../plugin.js';
import type { Check } from './report.js';
import { reportText } from './report.js';
import { testPlugin } from './conformance.js';
import type { ConformanceExamples } from './table.js';
import { ACME, EXAMPLES, withCapability } from './testing/acme.js';

const FIND = 'crm.contact.find';
const CREATE = 'crm.contact.create';
const ORDER = 'crm.order.place';
type Attempt = Parameters<Plugin['capabilities'][string]['run']>[0];
type Run = (attempt: Attempt) => unknown;

const runOf =
  (name: string): Run =>
  (attempt) =>
    ACME.capabilities[name]?.run(attempt);
/** The capability, with something done about what it throws. */
const catching = (name: string, caught: (error: unknown, attempt: Attempt) => unknown) =>
  withCapability(name, {
    run: async (attempt) => {
      try {
        return await runOf(name)(attempt);
      } catch (error) {
        return caught(error, attempt) as never;
      }
    },
  });
const statusOf = (error: unknown) => (isClassifiedError(error) ? error.status : undefined);
const withExample = (name: string, change: object): ConformanceExamples => ({
  ...EXAMPLES,
  capabilities: {
    ...EXAMPLES.capabilities,
    [name]: (EXAMPLES.capabilities?.[name] ?? []).map((example) => ({ ...example, ...change })),
  },
});

it('finds nothing in a connector that keeps the rules', async () => {
  const report = await testPlugin(ACME, EXAMPLES);
  expect(report.results.filter(({ state }) => state !== 'passed')).toEqual([]);
  expect(report).toMatchObject({ plugin: 'crm-acme', version: '1.0.0', isolated: false, failed: 0 });
  // 12 faults on 4 examples of one request each, and what else there is to look at.
  expect(report.passed).toBeGreaterThan(4 * 12);
});

describe('a broken connector is caught by exactly the check for it', () => {
  const BROKEN: [Check, string, Plugin, ConformanceExamples?][] = [
    ['manifest', 'without hosts', { ...ACME, hosts: undefined } as unknown as Plugin],
    ['settings', 'examples whose settings it refuses', ACME, { ...EXAMPLES, settings: { baseUrl: 'none' } }],
    ['examples', 'no example of a capability', ACME, withoutExamples(FIND)],
    ['examples', 'no example of reconcile', ACME, withExample(ORDER, { reconcile: [] })],
    ['examples', 'an example of what is not there', ACME, withExamplesOf('crm.contact.drop')],
    ['example', 'another output than the example', ACME, withExample(CREATE, { output: { id: '8' } })],
    [
      'example',
      'another request',
      ACME,
      withExample(CREATE, { replies: [{ request: 'POST /people', json: {} }] }),
    ],
    ['example', 'more requests than replies', ACME, withExample(CREATE, { replies: [] })],
    ['output', 'an output that breaks its schema', withCapability(FIND, { run: () => ({ contact: 7 }) })],
    ['output', 'a confidence beyond 1', withCapability(CREATE, { confidence: () => 80 })],
    [
      'input',
      'an input that everything fits',
      withCapability(FIND, { input: z.object({ email: z.email().catch('a@b.de') }) }),
    ],
    [
      'input',
      'a defect for an input that fits',
      withCapability(ORDER, {
        input: z.object({ article: z.string().optional() }),
        run: (attempt) => {
          (attempt.input as { article: string }).article.trim();
          return runOf(ORDER)(attempt);
        },
      }),
    ],
    [
      'hosts',
      'a host that it does not declare',
      withCapability(FIND, {
        run: async ({ http }) => ({ contact: await http.get('https://other.example/x') }),
      }),
    ],
    [
      'effect',
      'a read that changes something',
      withCapability(FIND, {
        run: (attempt) => runOf(FIND)({ ...attempt, http: { ...attempt.http, get: attempt.http.put } }),
      }),
      withExample(FIND, { replies: [{ json: { items: [] } }], output: undefined }),
    ],
    [
      'status',
      'a conflict that is repeated',
      catching(FIND, (error) => {
        if (statusOf(error) === 409) throw new TransientError('again');
        throw error;
      }),
    ],
    [
      'status',
      'a missing record that is taken for an answer',
      catching(FIND, (error) => {
        if (statusOf(error) === 404) return { contact: null };
        throw error;
      }),
    ],
    [
      'status',
      'a server error that is a defect',
      catching(FIND, (error) => {
        throw statusOf(error) === 500 ? new Error('boom') : error;
      }),
    ],
    [
      'retry-after',
      'a wait that is forgotten',
      catching(FIND, (error) => {
        throw statusOf(error) === 429 ? new TransientError('busy', { status: 429 }) : error;
      }),
    ],
    [
      'timeout',
      'a timeout that is final',
      catching(FIND, (error) => {
        throw statusOf(error) === 408 && !/deadline/.test(String(error)) ? new PermanentError('late') : error;
      }),
    ],
    [
      'cut',
      'half a reply that is taken for none',
      catching(FIND, (error) => {
        if (/was cut/.test(String(error))) return { contact: null };
        throw error;
      }),
    ],
    [
      'malformed',
      'a reply that nobody checks',
      withCapability(FIND, {
        run: async ({ input, http }) => {
          const page = (await http.get('/contacts', {
            query: { email: (input as { email: string }).email },
          })) as { items?: unknown[] };
          return { contact: page.items?.[0] ?? null };
        },
      }),
    ],
    [
      'idempotency',
      'a write without the key',
      withCapability(CREATE, {
        run: ({ input, http }) => http.post('/contacts', { body: input }) as Promise<never>,
      }),
    ],
    [
      'idempotency',
      'a key of its own in each attempt',
      withCapability(CREATE, {
        run: ({ input, http }) =>
          http.put(`/contacts/${crypto.randomUUID()}`, { body: input }) as Promise<never>,
      }),
      withExample(CREATE, { replies: [{ json: { id: '7', email: 'ann@example.com', name: 'Ann' } }] }),
    ],
    [
      'reconcile',
      'a guess',
      withCapability(ORDER, { reconcile: () => Promise.resolve({ happened: false }) }),
      withExample(ORDER, { reconcile: [{ happened: true }] }),
    ],
    [
      'reconcile',
      'not knowing taken for not happened',
      withCapability(ORDER, {
        reconcile: async (attempt) => {
          try {
            return (await ACME.capabilities[ORDER]?.reconcile?.(attempt)) ?? { happened: 'unknown' };
          } catch {
            return { happened: false };
          }
        },
      }),
    ],
    [
      'secrets',
      'a secret in the log',
      withCapability(FIND, {
        run: (attempt) => {
          attempt.log.info(`as ${String(attempt.settings['token'])}`);
          return runOf(FIND)(attempt);
        },
      }),
    ],
    [
      'secrets',
      'an encoded secret in an error',
      catching(FIND, (error, { settings }) => {
        if (error instanceof PermanentError)
          throw new PermanentError(btoa(String(settings['token'])), { status: error.status ?? 400 });
        throw error;
      }),
    ],
    [
      'cancel',
      'a call that goes on',
      catching(FIND, (error, { signal }) => {
        if (signal.aborted) return new Promise(() => undefined);
        throw error;
      }),
    ],
    [
      'health',
      'health that is always well',
      {
        ...ACME,
        health: async ({ http }) => {
          await http.get('/me').catch(() => undefined);
        },
      },
    ],
  ];

  it.each(BROKEN)('%s: %s', async (...[check, , plugin, examples = EXAMPLES]) => {
    const cancelMsMax = check === 'cancel' ? 100 : 60_000;
    const { results } = await testPlugin(plugin, examples, { cancelMsMax });
    const failed = results.filter(({ state }) => state === 'failed');
    expect([...new Set(failed.map((one) => one.check))]).toEqual([check]);
    expect(failed[0]?.message).not.toBe('');
  });
});

describe('what is meant is no finding', () => {
  it('an output for a fault that the example says is handled', async () => {
    const plugin = catching(FIND, (error) => {
      if (statusOf(error) === 404) return { contact: null };
      throw error;
    });
    expect(await testPlugin(plugin, withExample(FIND, { handles: ['404'] }))).toMatchObject({ failed: 0 });
  });

  it('a write that is looked for first', async () => {
    const plugin = withCapability(CREATE, {
      run: async (attempt) => {
        const { contact } = (await runOf(FIND)(attempt)) as { contact: unknown };
        return (contact ??
          attempt.http.post('/contacts', {
            body: attempt.input,
            reply: ACME.capabilities[CREATE]?.output as z.ZodType,
          })) as never;
      },
    });
    const ann = { id: '7', email: 'ann@example.com', name: 'Ann' };
    const replies = [{ json: { items: [] } }, { json: ann }];
    const repeat = { replies: [{ json: { items: [ann] } }] };
    expect(await testPlugin(plugin, withExample(CREATE, { replies, repeat }))).toMatchObject({ failed: 0 });
    expect((await testPlugin(plugin, withExample(CREATE, { replies }))).results).toContainEqual(
      expect.objectContaining({ check: 'idempotency', state: 'failed' }),
    );
  });

  it('a rule that no schema tells, which is a warning', async () => {
    const input = z.object({ article: z.string().refine((text) => text.startsWith('A')) });
    const report = await testPlugin(withCapability(ORDER, { input }), EXAMPLES);
    expect(report).toMatchObject({ failed: 0, warnings: 1 });
  });
});

it('reports as text what is wrong', async () => {
  const plugin = withCapability(CREATE, { confidence: () => 80 });
  const report = await testPlugin(plugin, EXAMPLES);
  expect(reportText(report)).toContain('✗ output crm.contact.create\n    Its confidence is 80');
  expect(reportText(report)).toMatch(/\n\d+ passed, 1 failed, 0 warnings\n$/);
});

function withoutExamples(name: string): ConformanceExamples {
  const { [name]: _, ...others } = EXAMPLES.capabilities ?? {};
  return { ...EXAMPLES, capabilities: others };
}

function withExamplesOf(name: string): ConformanceExamples {
  return { ...EXAMPLES, capabilities: { ...EXAMPLES.capabilities, [name]: [{ input: {} }] } };
}

import { describe, expect, test } from '@jest/globals';
import type { FallbackReason } from '@tutti/contracts';
import fc from 'fast-check';
import {
  chooseCandidate,
  compilePolicy,
  DEFAULT_RETRY,
  defaultPolicy,
  parsePolicy,
  PolicyRefused,
  type ChoiceRequest,
  type ConnectionInfo,
} from './index.js';

const HEAD =
  'apiVersion: tutti/v1\nkind: RoutingPolicy\nmetadata: { name: read }\nspec:\n  capability: ' +
  'document.extract\n';
const connection = (name: string, more: object = {}): ConnectionInfo => ({
  name,
  plugin: `plugin-${name}`,
  pluginVersion: '1.0.0',
  capabilities: { 'document.extract': { effect: 'read', reconciles: false, ...more } },
});
const ABC = ['a', 'b', 'c'].map((name) => connection(name));

function policy(spec: string) {
  const parsed = parsePolicy(HEAD + spec);
  if (parsed.policy === undefined) throw new Error(JSON.stringify(parsed.findings));
  return compilePolicy(parsed.policy);
}

function request(more: Partial<ChoiceRequest> = {}): ChoiceRequest {
  return {
    input: {},
    context: {},
    connections: ABC,
    tried: [],
    seed: 'run:/do/0/x',
    nowMs: 1_700_000_000_000,
    ...more,
  };
}

const tried = (connectionName: string, reason: FallbackReason) => ({ connection: connectionName, reason });
const chosen = (choice: ReturnType<typeof chooseCandidate>) =>
  choice.kind === 'candidate' ? choice.candidate.connection.name : choice.then;

describe('parsing a policy', () => {
  test('fills in what is not written', () => {
    const { policy: parsed, findings } = parsePolicy(`${HEAD}  candidates: [{ connection: a }]`);
    expect(findings).toEqual([]);
    expect(parsed?.spec).toEqual({
      capability: 'document.extract',
      objective: 'ordered',
      candidates: [{ connection: 'a' }],
      fallbackOn: ['timeout', 'unavailable', 'throttled'],
      exhausted: 'fail',
    });
  });

  test('takes JSON, and every field', () => {
    const spec = {
      capability: 'x.y',
      objective: 'weighted',
      timeout: 'PT30S',
      retry: { attempts: 2 },
      fallbackOn: ['defect'],
      candidates: [
        {
          connection: 'a',
          when: '.x',
          weight: 2,
          timeout: { seconds: 3 },
          retry: { attempts: 1, delay: '1s', backoff: 'linear', maxDelay: '10s' },
        },
      ],
      confidence: { floor: 0.85, below: 'review' },
      exhausted: 'review',
      review: { title: 'Check', timeout: '3d', timeoutThen: 'reject' },
      budget: { call: { costMicros: 100, currency: 'EUR' }, day: { tokens: 5 } },
    };
    const text = JSON.stringify({
      apiVersion: 'tutti/v1',
      kind: 'RoutingPolicy',
      metadata: { name: 'a' },
      spec,
    });
    expect(parsePolicy(text).policy?.spec).toEqual(spec);
  });

  test.each([
    ['  candidates: [{ connection: a, weigth: 2 }]', 'Unknown property "weigth"', '6:33'],
    ['  candidates: []', '"spec.candidates": Too small: expected array to have >=1 items', '6:3'],
    ['  candidates: [{ connection: a }]\n  objective: best', '"spec.objective": Invalid option', '7:3'],
    [
      '  candidates: [{ connection: a, timeout: soon }]',
      '"spec.candidates.0.timeout": a duration such as',
      '6:33',
    ],
    [
      '  candidates: [{ connection: a }]\n  confidence: { floor: 2 }',
      '"spec.confidence.floor": Too big',
      '7:17',
    ],
    [
      '  candidates: [{ connection: a }]\n  fallbackOn: [rain]',
      '"spec.fallbackOn.0": Invalid option',
      '7:16',
    ],
    [
      '  candidates: [{ connection: a, retry: { attempts: 0 } }]',
      '"spec.candidates.0.retry.attempts": Too small',
      '6:42',
    ],
    ['  candidates: [{ connection: a }]\nextra: 1', 'Unknown property "extra"', '7:1'],
  ])('%j is refused with the place', (spec, message, at) => {
    const { policy: parsed, findings } = parsePolicy(HEAD + spec);
    expect(parsed).toBeUndefined();
    expect(findings.map(({ line, column }) => `${line}:${column}`)).toContain(at);
    expect(findings.some((finding) => finding.message.startsWith(message))).toBe(true);
  });

  test.each([['a: ['], ['x'.repeat(300_000)], [''], ['[]'], ['kind: Workflow']])(
    '%.20j is no policy',
    (text) => {
      const { policy: parsed, findings } = parsePolicy(text);
      expect(parsed).toBeUndefined();
      expect(findings.length).toBeGreaterThan(0);
    },
  );

  test('a condition that is not jq is refused when it is compiled', () => {
    const { policy: parsed } = parsePolicy(`${HEAD}  candidates: [{ connection: a, when: '.x |' }]`);
    expect(() => parsed && compilePolicy(parsed)).toThrow(PolicyRefused);
    expect(() => parsed && compilePolicy(parsed)).toThrow(
      '/spec/candidates/0/when: The condition .x | is not jq',
    );
  });

  test('two spellings of one policy have one version', () => {
    const a = parsePolicy(`${HEAD}  candidates: [{ connection: a, weight: 2 }]`).policy;
    const b = parsePolicy(
      `spec: { candidates: [{ weight: 2, connection: a }], capability: document.extract }\nmetadata: {
          name: read }\nkind: RoutingPolicy\napiVersion: tutti/v1`,
    ).policy;
    expect(a && compilePolicy(a).version).toBe(b && compilePolicy(b).version);
  });
});

describe('choosing a candidate', () => {
  test('takes the first in order that fits, and says why the others do not', () => {
    const found = chooseCandidate(
      policy(
        "  candidates: [{ connection: gone }, { connection: other }, { connection: a, when: '.kind == " +
          "\"pdf\"' }, { connection: b, when: '$context.x' }, { connection: c, when: '.a.b' }, { " +
          'connection: b }]',
      ),
      request({
        input: { kind: 'xml', a: [] },
        connections: [...ABC, { ...connection('other'), capabilities: {} }],
      }),
    );
    expect(chosen(found)).toBe('b');
    expect(found.verdicts).toEqual([
      { connection: 'gone', verdict: 'skipped', because: 'there is no enabled connection "gone"' },
      { connection: 'other', verdict: 'skipped', because: 'the connection does not offer document.extract' },
      { connection: 'a', verdict: 'skipped', because: 'the condition .kind == "pdf" does not hold' },
      { connection: 'b', verdict: 'skipped', because: 'the condition $context.x does not hold' },
      {
        connection: 'c',
        verdict: 'skipped',
        because: expect.stringContaining('the condition .a.b failed: '),
      },
      { connection: 'b', verdict: 'chosen' },
    ]);
  });

  test('a condition sees the input, the context and the time of the call', () => {
    const conditional = policy(
      "  candidates: [{ connection: a, when: '${ $input.n == .n and $context.go and now == 1700000000 }' }]",
    );
    expect(chosen(chooseCandidate(conditional, request({ input: { n: 1 }, context: { go: true } })))).toBe(
      'a',
    );
  });

  test('a connection called like a property of every object offers nothing', () => {
    const strange = { ...defaultPolicy('constructor') };
    expect(chosen(chooseCandidate(strange, request()))).toBe('fail');
  });

  test.each<[FallbackReason, string]>([
    ['unavailable', 'b'],
    ['timeout', 'b'],
    ['throttled', 'b'],
    ['rejected', 'fail'],
    ['defect', 'fail'],
    ['invalid-output', 'fail'],
    ['low-confidence', 'fail'],
  ])('after %s goes on to: %s', (reason, expected) => {
    const ordered = policy('  candidates: [{ connection: a }, { connection: b }]\n  exhausted: review');
    expect(chosen(chooseCandidate(ordered, request({ tried: [tried('a', reason)] })))).toBe(expected);
  });

  test('below the floor goes on, without it being listed again', () => {
    const floored = policy(
      '  candidates: [{ connection: a }, { connection: b }]\n  confidence: { floor: 0.8 }',
    );
    expect(chosen(chooseCandidate(floored, request({ tried: [tried('a', 'low-confidence')] })))).toBe('b');
  });

  test('with none left says what the policy does then', () => {
    const ordered = (exhausted: string) =>
      policy(`  candidates: [{ connection: a }]\n  exhausted: ${exhausted}`);
    for (const exhausted of ['fail', 'review']) {
      const found = chooseCandidate(
        ordered(exhausted),
        request({ tried: [{ ...tried('a', 'timeout'), because: 'slow' }] }),
      );
      expect(found).toEqual({
        kind: 'exhausted',
        then: exhausted,
        verdicts: [{ connection: 'a', verdict: 'failed', reason: 'timeout', because: 'slow' }],
      });
    }
  });

  test.each([
    ['cheapest', 'costMicros'],
    ['fastest', 'latencyMs'],
  ])('%s: the lowest %s first, the unknown last, in the order of the policy', (objective, key) => {
    const connections = [
      connection('a'),
      connection('b', { [key]: 5 }),
      connection('c', { [key]: 3 }),
      connection('d'),
    ];
    const order: string[] = [];
    const ranked = policy(
      `  objective: ${objective}\n  candidates: [{ connection: d }, { connection: a }, { connection: b
          }, { connection: c }]`,
    );
    for (let i = 0; i < 4; i += 1) {
      order.push(
        chosen(
          chooseCandidate(
            ranked,
            request({ connections, tried: order.map((name) => tried(name, 'timeout')) }),
          ),
        ),
      );
    }
    expect(order).toEqual(['c', 'b', 'd', 'a']);
  });

  test('weighted draws in proportion to the weights, and the same for the same call', () => {
    const weighted = policy(
      '  objective: weighted\n  candidates: [{ connection: a, weight: 3 }, { connection: b, weight: 1 }]',
    );
    const draw = (i: number) => chosen(chooseCandidate(weighted, request({ seed: `run-${i}:/do/0/x` })));
    const draws = Array.from({ length: 4000 }, (_, i) => draw(i));
    const share = draws.filter((name) => name === 'a').length / draws.length;
    expect(share).toBeGreaterThan(0.71);
    expect(share).toBeLessThan(0.79);
    expect(draws.slice(0, 50)).toEqual(Array.from({ length: 50 }, (_, i) => draw(i)));
  });

  test('retries and timeout come from the candidate, then the policy, then the default', () => {
    const rules = policy(
      '  timeout: 20s\n  retry: { attempts: 5, delay: 2s }\n  candidates: [{ connection: a, timeout: 1m, ' +
        'retry: { attempts: 1 } }, { connection: b }]',
    );
    const first = chooseCandidate(rules, request());
    expect(first).toMatchObject({
      candidate: { timeoutMs: 60_000, retry: { ...DEFAULT_RETRY, attempts: 1, delayMs: 2000 } },
    });
    const second = chooseCandidate(rules, request({ tried: [tried('a', 'timeout')] }));
    expect(second).toMatchObject({
      candidate: { timeoutMs: 20_000, retry: { ...DEFAULT_RETRY, attempts: 5, delayMs: 2000 } },
    });
  });

  test('without a policy all that offer the capability are candidates, by name', () => {
    const connections = [connection('z'), connection('b'), { ...connection('a'), capabilities: {} }];
    const fallback = defaultPolicy('document.extract');
    expect(chosen(chooseCandidate(fallback, request({ connections })))).toBe('b');
    expect(
      chosen(chooseCandidate(fallback, request({ connections, tried: [tried('b', 'unavailable')] }))),
    ).toBe('z');
    expect(chosen(chooseCandidate(fallback, request({ connections, tried: [tried('b', 'rejected')] })))).toBe(
      'fail',
    );
  });

  test('never chooses what was tried, always ends, and gives every candidate at most one verdict', () => {
    const objectives = fc.constantFrom('ordered', 'weighted', 'cheapest', 'fastest');
    const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'gone'), { minLength: 1 });
    fc.assert(
      fc.property(objectives, names, fc.string(), (objective, list, seed) => {
        const candidates = JSON.stringify(list.map((name) => ({ connection: name })));
        const any = policy(`  objective: ${objective}\n  candidates: ${candidates}`);
        const done: { connection: string; reason: FallbackReason }[] = [];
        for (;;) {
          const choice = chooseCandidate(any, request({ seed, tried: done }));
          expect(new Set(choice.verdicts.map((verdict) => verdict.connection)).size).toBe(
            choice.verdicts.length,
          );
          if (choice.kind === 'exhausted') break;
          expect(done.map((one) => one.connection)).not.toContain(choice.candidate.connection.name);
          done.push(tried(choice.candidate.connection.name, 'timeout'));
        }
        expect(done.map((one) => one.connection).sort()).toEqual(
          list.filter((name) => name !== 'gone').sort(),
        );
      }),
      { numRuns: 200 },
    );
  });
});

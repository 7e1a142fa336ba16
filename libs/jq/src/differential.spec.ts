import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fuzzCase, type FuzzCase } from '../test/fuzz-programs.js';
import { compile, JqLimitError, JqRuntimeError, JqSyntaxError } from './index.js';
import { toJson } from './json-write.js';
import { DEFAULT_LIMITS, Runtime } from './limits.js';

const CASES = Number(process.env.TUTTI_FUZZ_CASES ?? 2_000);
// The everyday run repeats the same cases, so that it cannot fail by chance; a longer one looks for new ones.
const SEED = Number(process.env.TUTTI_FUZZ_SEED ?? (CASES > 2_000 ? Date.now() % 2 ** 31 : 4_711));
const BATCH = 50;
const LIMITS = { steps: 100_000, outputs: 1_000, stringLength: 100_000, arrayLength: 10_000 };

type Outcome = { readonly o: unknown } | { readonly e: unknown };

/** Values as they look in jq's output: nan is null there and infinities are the largest doubles. */
function plain(value: unknown): unknown {
  return JSON.parse(toJson(value, new Runtime(DEFAULT_LIMITS, []))) as unknown;
}

/** What this engine makes of a case; null when it refuses the program, undefined when a limit ended it. */
function ours({ program, input }: FuzzCase): Outcome[] | null | undefined {
  const outcomes: Outcome[] = [];
  try {
    for (const output of compile(program, { limits: LIMITS }).run(input)) {
      outcomes.push({ o: plain(output) });
    }
  } catch (error) {
    if (error instanceof JqLimitError) {
      return undefined;
    }
    if (error instanceof JqSyntaxError) {
      return null;
    }
    if (!(error instanceof JqRuntimeError)) {
      throw error;
    }
    outcomes.push({ e: plain(error.value) });
  }
  return outcomes;
}

class Reference {
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly lines: Interface;

  constructor() {
    this.child = spawn(process.execPath, [
      fileURLToPath(new URL('../test/reference-jq.mjs', import.meta.url)),
    ]);
    this.child.stderr.pipe(process.stderr);
    this.lines = createInterface({ input: this.child.stdout });
  }

  async answer(cases: readonly FuzzCase[]): Promise<(Outcome[] | null)[]> {
    const reply = once(this.lines, 'line');
    this.child.stdin.write(`${JSON.stringify(cases)}\n`);
    const [line] = (await reply) as [string];
    return JSON.parse(line) as (Outcome[] | null)[];
  }

  async stop(): Promise<void> {
    const closed = once(this.child, 'close');
    this.child.stdin.end();
    await closed;
  }
}

describe('against real jq', () => {
  let reference: Reference;
  beforeAll(() => {
    reference = new Reference();
  });
  afterAll(async () => {
    await reference.stop();
  });

  test(`gives the same outputs and errors for ${CASES} random programs`, async () => {
    const cases = fc.sample(fuzzCase, { numRuns: CASES, seed: SEED });
    const differences: string[] = [];
    let skipped = 0;
    for (let at = 0; at < cases.length; at += BATCH) {
      const batch = cases.slice(at, at + BATCH).map((one) => ({ one, got: ours(one) }));
      const runnable = batch.filter(({ got }) => got !== undefined);
      skipped += batch.length - runnable.length;
      const wanted = await reference.answer(runnable.map(({ one }) => one));
      runnable.forEach(({ one, got }, index) => {
        const want = wanted[index];
        if (!isSame(got, want) && !showsIntegerKey(want)) {
          differences.push(
            [
              `${one.program}`,
              `input ${JSON.stringify(one.input)}`,
              `jq   ${JSON.stringify(want)}`,
              `ours ${JSON.stringify(got)}`,
            ].join('\n  '),
          );
        }
      });
    }
    differences.sort((left, right) => left.length - right.length);
    const report = `seed ${SEED}: ${differences.length} differences\n${differences.slice(0, 12).join('\n')}`;
    expect(differences.length === 0 ? '' : report).toBe('');
    // Programs that a limit ends prove nothing, so they must stay few.
    expect(skipped).toBeLessThan(CASES * 0.05);
  }, 600_000);
});

/**
 * Keys such as "3", which a program can make of numbers: their order is the one known difference in values.
 */
function showsIntegerKey(outcomes: unknown): boolean {
  return /"\d+\\*":/.test(JSON.stringify(outcomes));
}

function isSame(left: unknown, right: unknown): boolean {
  // Through JSON, because toEqual tells 0 from -0, which jq's own comparison does not.
  return JSON.stringify(sorted(left)) === JSON.stringify(sorted(right));
}

/**
 * Key order is compared by the programs that show it (`keys_unsorted`, `tojson`); here it is no difference.
 */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(sorted);
  }
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, field]) => [key, sorted(field)]),
    );
  }
  return value;
}

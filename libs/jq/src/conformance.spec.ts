import { expect, test } from '@jest/globals';
import { describeShared, sharedPath } from '@tutti/testing';
import { EXCLUSIONS, EXCLUSIONS_MAX } from '../test/exclusions.js';
import { readJqTests, type JqTestCase } from '../test/jq-test-file.js';
import { equals } from './compare.js';
import { compile, JqRuntimeError, JqSyntaxError } from './index.js';
import { fromJson } from './json-read.js';
import { toJson } from './json-write.js';
import { DEFAULT_LIMITS, Runtime } from './limits.js';

const FILE = ['conformance', 'jq', 'jq.test'];

/** All outputs; what the file calls a runtime error ends them, as it does in jq's own runner. */
function outputsOf({ program, input }: JqTestCase): unknown[] {
  const outputs: unknown[] = [];
  try {
    for (const output of compile(program).run(fromJson(input))) {
      outputs.push(output);
    }
  } catch (error) {
    if (!(error instanceof JqRuntimeError)) {
      throw error;
    }
  }
  return outputs;
}

function text(value: unknown): string {
  return toJson(value, new Runtime(DEFAULT_LIMITS, []));
}

/**
 * jq's runner compares with jq's equality; the text stands in for values that differ from themselves, such as
 * nan.
 */
function isExpected(output: unknown, expected: string): boolean {
  const wanted = fromJson(expected);
  return equals(output, wanted) || text(output) === text(wanted);
}

function expectRefusal({ program, failure }: JqTestCase): void {
  let caught: unknown;
  try {
    compile(program);
  } catch (error) {
    caught = error;
  }
  expect(caught).toBeInstanceOf(JqSyntaxError);
  const { reason, line, column } = caught as JqSyntaxError;
  if (failure !== '') {
    expect(`jq: error: ${reason} at <top-level>, line ${line}, column ${column}:`).toBe(failure);
  }
}

describeShared(FILE, "jq's own tests", () => {
  const cases = readJqTests(sharedPath(...FILE));

  for (const one of cases.filter(({ program }) => !EXCLUSIONS.has(program))) {
    test(`line ${one.line}: ${one.program.slice(0, 100)}`, () => {
      if (one.failure !== undefined) {
        expectRefusal(one);
        return;
      }
      const outputs = outputsOf(one);
      const isSame =
        outputs.length === one.outputs.length &&
        outputs.every((output, at) => isExpected(output, one.outputs[at] ?? ''));
      expect(isSame ? one.outputs : outputs.map(text)).toEqual(one.outputs);
    });
  }

  test('the file was read, and every exclusion is one of its cases', () => {
    expect(cases.length).toBeGreaterThan(500);
    expect(EXCLUSIONS.size).toBeLessThanOrEqual(EXCLUSIONS_MAX);
    const programs = new Set(cases.map(({ program }) => program));
    expect([...EXCLUSIONS.keys()].filter((program) => !programs.has(program))).toEqual([]);
  });
});

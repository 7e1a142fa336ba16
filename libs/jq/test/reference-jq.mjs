/*
 * Answers batches of cases with real jq (jq-wasm). A process of its own, because jest's module sandbox slows
 * WebAssembly's start and because a crash of the reference must not take the tests with it.
 * In: one JSON line [{program, input}, ...]. Out: one JSON line [[{o: output} | {e: error}, ...] | null,
 * ...]; null stands for a program the reference cannot compile.
 */
import { createInterface } from 'node:readline';
import { loadJq } from 'jq-wasm';

const jq = await loadJq();

const wrap = (programs) => {
  const calls = programs.map((program, at) => `(.[${at}] | [try ((${program}) | {o: .}) catch {e: .}])`);
  return `[${calls.join(',\n')}]`;
};

const answer = (cases) => {
  if (cases.length === 0) {
    return [];
  }
  const { stdout, exitCode } = jq.raw(
    JSON.stringify(cases.map(({ input }) => input)),
    wrap(cases.map(({ program }) => program)),
    ['-c'],
  );
  if (exitCode === 0 && stdout !== '') {
    return JSON.parse(stdout);
  }
  if (cases.length === 1) {
    return [null];
  }
  const half = cases.length >> 1;
  return [...answer(cases.slice(0, half)), ...answer(cases.slice(half))];
};

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(answer(JSON.parse(line)))}\n`);
}

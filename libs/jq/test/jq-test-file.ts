import { readFileSync } from 'node:fs';

/** One case of jq's own test format. */
export interface JqTestCase {
  readonly line: number;
  readonly program: string;
  readonly input: string;
  readonly outputs: readonly string[];
  /** For a program that must not compile: jq's message, or '' when any will do. */
  readonly failure: string | undefined;
}

const isSkipped = (line: string): boolean => /^\s*(?:#|$)/.test(line);

/** Reads groups of lines: program, input, outputs; or `%%FAIL`, program, message. */
export function readJqTests(path: string): JqTestCase[] {
  const lines = readFileSync(path, 'utf8').split('\n');
  const cases: JqTestCase[] = [];
  for (let at = 0; at < lines.length;) {
    const first = lines[at] ?? '';
    if (isSkipped(first)) {
      at += 1;
      continue;
    }
    const isFailure = first.startsWith('%%FAIL');
    const start = isFailure ? at + 1 : at;
    let end = start + 2;
    while (end < lines.length && !(isFailure ? /^\s*$/ : /^\s*(?:#|$)/).test(lines[end] ?? '')) {
      end += 1;
    }
    const program = lines[start] ?? '';
    cases.push(
      isFailure
        ? {
            line: start + 1,
            program,
            input: 'null',
            outputs: [],
            failure: first.includes('IGNORE') ? '' : (lines[start + 1] ?? ''),
          }
        : {
            line: start + 1,
            program,
            input: lines[start + 1] ?? '',
            outputs: lines.slice(start + 2, end),
            failure: undefined,
          },
    );
    at = end;
  }
  return cases;
}

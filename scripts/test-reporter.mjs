import { relative } from 'node:path';
import { writeFileSync } from 'node:fs';

const red = process.stdout.isTTY ? '\u001b[31m' : '';
const reset = process.stdout.isTTY ? '\u001b[0m' : '';

/**
 * One line per test file while it goes, every failure in full at the end, and the counts in the file that
 * TUTTI_TEST_COUNTS names, for `npm test` to add up.
 */
export default class TestReporter {
  #rootDir;
  #failures = [];
  /** For each file that failed its counts, a file that could not run at all as one failure. */
  #failedFiles = {};

  constructor(globalConfig) {
    this.#rootDir = globalConfig.rootDir;
  }

  onTestFileResult(test, result) {
    const file = relative(this.#rootDir, test.path);
    const seconds = (((result.perfStats.end ?? 0) - (result.perfStats.start ?? 0)) / 1_000).toFixed(1);
    const { numPassingTests: passed, numFailingTests: failed, numPendingTests: skipped } = result;
    const broken = failed > 0 || result.testExecError;
    if (broken)
      this.#failedFiles[file] = { passed, failed: failed + (result.testExecError ? 1 : 0), skipped };
    const counts = [
      `${passed} passed`,
      failed > 0 && `${failed} failed`,
      skipped > 0 && `${skipped} skipped`,
    ];
    const verdict = broken ? `${red}FAIL${reset}` : 'ok  ';
    console.log(`  ${verdict} ${file} (${counts.filter(Boolean).join(', ')}; ${seconds} s)`);
    if (broken && result.failureMessage)
      this.#failures.push(`${red}FAIL${reset} ${file}\n${result.failureMessage}`);
    for (const each of result.testResults.filter(({ status }) => status === 'pending' || status === 'todo')) {
      console.log(`       skipped: ${each.fullName}`);
    }
  }

  onRunComplete(_contexts, results) {
    for (const failure of this.#failures) console.log(`\n${failure}`);
    // A file that could not run at all has no failed test to count, so the file itself is counted.
    const counts = {
      passed: results.numPassedTests,
      failed: results.numFailedTests + results.numRuntimeErrorTestSuites,
      skipped: results.numPendingTests + results.numTodoTests,
      failedFiles: this.#failedFiles,
    };
    if (process.env.TUTTI_TEST_COUNTS) writeFileSync(process.env.TUTTI_TEST_COUNTS, JSON.stringify(counts));
  }
}

import type { Check, ConformanceResult } from './report.js';

/** Collects what the checks find. */
export class Findings {
  readonly results: ConformanceResult[] = [];

  pass(check: Check, place: string): void {
    this.results.push({ check, place, state: 'passed' });
  }

  fail(check: Check, place: string, message: string): void {
    this.results.push({ check, place, state: 'failed', message });
  }

  warn(check: Check, place: string, message: string): void {
    this.results.push({ check, place, state: 'warning', message });
  }

  /** Passed without a complaint, else one failure that names the first of them. */
  judge(check: Check, place: string, complaints: readonly string[]): void {
    const [first, ...others] = complaints;
    if (first === undefined) return this.pass(check, place);
    this.fail(check, place, others.length === 0 ? first : `${first} (and ${others.length} more like it)`);
  }
}

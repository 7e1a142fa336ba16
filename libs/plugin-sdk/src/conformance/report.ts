/** What the suite looks at; each has its section in docs/plugins/conformance.md. */
export const CHECKS = [
  'manifest',
  'settings',
  'examples',
  'example',
  'output',
  'input',
  'hosts',
  'effect',
  'status',
  'retry-after',
  'timeout',
  'cut',
  'malformed',
  'event-id',
  'cursor',
  'webhook',
  'stream',
  'partial',
  'idempotency',
  'reconcile',
  'secrets',
  'cancel',
  'health',
] as const;
export type Check = (typeof CHECKS)[number];

/** One thing that was looked at, and what was found. */
export interface ConformanceResult {
  check: Check;
  /** Where: a capability, with its example, request and fault where they matter. */
  place: string;
  /** A warning is told and fails nothing. */
  state: 'passed' | 'warning' | 'failed';
  /** What is wrong and what to do; absent when it passed. */
  message?: string;
}

/** What the suite found out about a plugin. */
export interface ConformanceReport {
  plugin: string;
  version: string;
  /** Whether the plugin ran in a process of its own, as an installed one does. */
  isolated: boolean;
  passed: number;
  warnings: number;
  failed: number;
  results: ConformanceResult[];
}

export function reportOf(
  about: Pick<ConformanceReport, 'plugin' | 'version' | 'isolated'>,
  results: readonly ConformanceResult[],
): ConformanceReport {
  const count = (state: ConformanceResult['state']) => results.filter((one) => one.state === state).length;
  return {
    ...about,
    passed: count('passed'),
    warnings: count('warning'),
    failed: count('failed'),
    results: [...results],
  };
}

/** For people: what is wrong, line by line, then the sum. */
export function reportText(report: ConformanceReport): string {
  const lines = report.results.flatMap(({ check, place, state, message }) =>
    state === 'passed' ? [] : [`${state === 'failed' ? '✗' : '!'} ${check} ${place}\n    ${message ?? ''}`],
  );
  const how = report.isolated ? 'isolated, as an installed plugin runs' : 'in this process';
  return [
    `${report.plugin} ${report.version} (${how})`,
    ...lines,
    `${report.passed} passed, ${report.failed} failed, ${report.warnings} warnings`,
    '',
  ].join('\n');
}

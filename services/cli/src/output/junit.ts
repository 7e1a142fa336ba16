/** One test of a report. */
export interface JunitCase {
  /** What it belongs to: a file. */
  suite: string;
  name: string;
  ms: number;
  /** None: it passed. */
  problems: readonly string[];
}

/** A report in JUnit's XML, which CI servers read. */
export function junitXml(cases: readonly JunitCase[]): string {
  const suites = new Map<string, JunitCase[]>();
  for (const one of cases) suites.set(one.suite, [...(suites.get(one.suite) ?? []), one]);
  const body = [...suites].map(([suite, tests]) => suiteXml(suite, tests)).join('');
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${body}</testsuites>\n`;
}

function suiteXml(suite: string, tests: readonly JunitCase[]): string {
  const failures = tests.filter(({ problems }) => problems.length > 0).length;
  const head = `<testsuite name="${escaped(suite)}" tests="${tests.length}" failures="${failures}">`;
  return `  ${head}\n${tests.map(caseXml).join('')}  </testsuite>\n`;
}

function caseXml({ suite, name, ms, problems }: JunitCase): string {
  const seconds = (ms / 1000).toFixed(3);
  const head = `    <testcase classname="${escaped(suite)}" name="${escaped(name)}" time="${seconds}"`;
  if (problems.length === 0) return `${head}/>\n`;
  const message = escaped(problems[0] ?? '');
  return `${head}>\n      <failure message="${message}">${escaped(problems.join('\n'))}</failure>\n    </testcase>\n`;
}

function escaped(text: string): string {
  const marks: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  // Control characters are none of XML 1.0's.
  // oxlint-disable-next-line no-control-regex
  return text
    .replace(/[&<>"]/g, (mark) => marks[mark] as string)
    .replace(/[\0-\x08\x0b\x0c\x0e-\x1f]/g, '\uFFFD');
}

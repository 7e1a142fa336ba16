// Prints one line per finding: file:line, what is wrong, what to do. Ends with code 1 when there is any.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { npmCommand } from './setup/install.mjs';
import { root } from './setup/paths.mjs';
import { formatSeconds } from './setup/progress.mjs';
import { lastLines, runChild } from './setup/run-child.mjs';
import { textSpans } from './text-spans.mjs';

const folders = ['libs', 'services', 'plugins', 'dashboard', 'scripts', 'bench', 'examples', 'deploy'];
const lineWidthMax = 110;
const textWidthMax = 140;
const bin = (name) => join(root, 'node_modules', '.bin', name);

const remedies = {
  'eslint(max-lines)': 'Split the file by noun: one thing per file.',
  'eslint(max-lines-per-function)': 'Extract the steps into named functions.',
  'eslint(max-params)': 'Pass one named object.',
  'typescript(no-explicit-any)': 'Name the type, or use unknown and narrow it.',
  'typescript(no-floating-promises)': 'Await it, return it, or add .catch with what to do.',
  'typescript(switch-exhaustiveness-check)': 'Handle the missing cases.',
  'node(no-process-env)': "Read it in the process's *.config.ts (one zod schema) and inject the value.",
  'unicorn(filename-case)': 'Rename to kebab-case.<role>.ts.',
};

const finding = (file, line, { rule, message, remedy }) => ({ file, line, rule, message, remedy });

async function oxlint() {
  const { output } = await runChild(bin('oxlint'), ['--type-aware', '-f', 'json', ...folders], {
    cwd: root,
    keepAll: true,
  });
  let report;
  try {
    report = JSON.parse(output.slice(output.indexOf('{')));
  } catch {
    // Not a report: oxlint itself failed, and its own words are the finding.
    return [finding('.oxlintrc.json', 1, { rule: 'oxlint', message: lastLines(output, 10) })];
  }
  return report.diagnostics.map(({ code, filename, labels, message, help }) => {
    const rule = code ?? 'oxlint';
    return finding(filename, labels[0]?.span.line ?? 1, { rule, message, remedy: remedies[rule] ?? help });
  });
}

/** The line of an import, since dependency-cruiser names the file only. */
function lineOfImport(file, moduleName) {
  const lines = readFileSync(join(root, file), 'utf8').split('\n');
  return lines.findIndex((line) => moduleName && line.includes(moduleName)) + 1 || 1;
}

async function importDirection() {
  const args = [
    '-c',
    '.dependency-cruiser.mjs',
    '-T',
    'json',
    'libs',
    'services',
    'plugins',
    'dashboard/src',
  ];
  const { output } = await runChild(bin('depcruise'), args, {
    cwd: root,
    env: { NODE_OPTIONS: '--max-old-space-size=2048' },
    keepAll: true,
  });
  const start = output.indexOf('{');
  const report = JSON.parse(output.slice(start, output.lastIndexOf('}') + 1));
  return report.summary.violations.map(({ from, to, rule, cycle, unresolvedTo }) => {
    const target = cycle ? cycle.map(({ name }) => name).join(' -> ') : (unresolvedTo ?? to);
    const { comment } = report.summary.ruleSetUsed.forbidden.find(({ name }) => name === rule.name);
    const dependency = report.modules
      .find(({ source }) => source === from)
      ?.dependencies.find(({ resolved }) => resolved === to);
    return finding(from, lineOfImport(from, dependency?.module), {
      rule: rule.name,
      message: `imports ${target}`,
      remedy: comment,
    });
  });
}

async function trackedSources() {
  const args = ['ls-files', '--cached', '--others', '--exclude-standard', '--', ...folders];
  const { code, output } = await runChild('git', args, { cwd: root, keepAll: true });
  if (code !== 0) throw new Error(`git ls-files failed: ${lastLines(output, 5)}`);
  return output
    .split('\n')
    .filter((file) => /\.(ts|tsx|mjs|js)$/.test(file) && !/(^|\/)(generated|fixtures)\//.test(file));
}

/** Lines that are too wide. Text (a message, SQL, class names) may go a little further than code. */
function wideLines(source) {
  if (!source.split('\n').some((line) => line.length > lineWidthMax)) return [];
  const spans = textSpans(source);
  const wide = [];
  let start = 0;
  for (const [index, line] of source.split('\n').entries()) {
    const edge = start + lineWidthMax;
    const inText = spans.some(([from, to]) => from < edge && to >= edge - 1);
    const isAddress = /https?:\/\/\S{60}/.test(line);
    if (line.length > (inText ? textWidthMax : lineWidthMax) && !isAddress)
      wide.push([index + 1, line.length]);
    start += line.length + 1;
  }
  return wide;
}

async function lineWidth() {
  const remedy = `Break the line: at most ${lineWidthMax} characters (\`npm run format\`), ${textWidthMax} of text.`;
  const files = await trackedSources();
  return files.flatMap((file) =>
    wideLines(readIfThere(file)).map(([line, width]) =>
      finding(file, line, { rule: 'line-width', message: `${width} characters`, remedy }),
    ),
  );
}

function readIfThere(file) {
  try {
    return readFileSync(join(root, file), 'utf8');
  } catch (error) {
    // Deleted and not yet committed.
    if (error.code === 'ENOENT') return '';
    throw error;
  }
}

/** A lock file made where a platform's package was missing breaks `npm ci` on every other machine. */
async function lockFile() {
  const [command, args] = npmCommand();
  const { output } = await runChild(command, [...args, 'ci', '--dry-run', '--ignore-scripts', '--offline'], {
    cwd: root,
  });
  const missing = output.split('\n').filter((line) => line.includes('Missing'));
  const remedy = 'Pin an older version whose platform packages exist, run npm install, commit the lock file.';
  return missing.map((message) => finding('package-lock.json', 1, { rule: 'lock-file', message, remedy }));
}

function print({ file, line, rule, message, remedy }) {
  console.log(`${file}:${line}  ${message}  [${rule}]${remedy ? `\n    ${remedy}` : ''}`);
}

const startedAt = Date.now();
const findings = (await Promise.all([oxlint(), importDirection(), lineWidth(), lockFile()])).flat();
findings.sort((a, b) => a.file.localeCompare(b.file) || a.line - b.line);
findings.forEach(print);
const took = formatSeconds(Date.now() - startedAt);
console.log(
  findings.length === 0 ? `Lint: nothing found in ${took}.` : `Lint: ${findings.length} findings in ${took}.`,
);
process.exitCode = findings.length === 0 ? 0 : 1;

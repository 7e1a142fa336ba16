import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeShared, sharedPath } from '@tutti/testing';
import { EXIT } from './session/io.js';
import { CliHarness, type Result } from './testing/cli-harness.js';

const HEAD = "document: { dsl: '1.0.3', namespace: a, name: b, version: '1.0.0' }\n";
const GOOD = `${HEAD}do:\n  - only:\n      set: { x: 1 }\n`;
const WARNED = `${HEAD}do:\n  - only:\n      set: { x: 1 }\n      then: end\n  - never:\n      set: { y: 1 }\n`;
const WRONG = GOOD.replace('{ x: 1 }', "'${ .x | }'");

interface Report {
  files: number;
  errors: number;
  warnings: number;
  notChecked: string[];
  findings: Record<string, unknown>[];
}

describe('tutti lint', () => {
  const cli = CliHarness.forSuite();
  const report = (result: Result) => JSON.parse(result.out) as Report;

  it('ends with 0 for warnings and with 1 for errors; --strict takes warnings for errors', async () => {
    cli.write('warned.yaml', WARNED);
    cli.write('wrong.yaml', WRONG);
    const warned = await cli.run(['lint', 'warned.yaml']);
    expect([warned.exitCode, warned.out]).toEqual([
      EXIT.ok,
      expect.stringMatching(
        /^warned\.yaml:6:5: warning unreachable: .* Fix: .*\n0 errors, 1 warning\nNot looked at/,
      ),
    ]);
    const strict = await cli.run(['lint', '--strict', 'warned.yaml']);
    expect([strict.exitCode, strict.out]).toEqual([
      EXIT.failed,
      expect.stringContaining('error unreachable'),
    ]);
    expect((await cli.run(['lint', '--strict', 'wrong.yaml'])).exitCode).toBe(EXIT.failed);
    expect((await cli.run(['lint', 'wrong.yaml'])).exitCode).toBe(EXIT.failed);
    expect((await cli.run(['lint', '--schema-only', 'wrong.yaml'])).exitCode).toBe(EXIT.ok);
  });

  it('prints one object for programs', async () => {
    cli.write('warned.yaml', WARNED);
    cli.write('good.yaml', GOOD);
    const result = await cli.run(['lint', '--json', 'good.yaml', 'warned.yaml']);
    expect(report(result)).toEqual({
      files: 2,
      errors: 0,
      warnings: 1,
      notChecked: expect.arrayContaining(['connections']),
      findings: [
        {
          file: 'warned.yaml',
          line: 6,
          column: 5,
          pointer: '/do/1/never',
          severity: 'warning',
          code: 'unreachable',
          message: 'The task "never" is never reached',
          fix: expect.any(String),
          docs: 'docs/workflows/findings.md#unreachable',
        },
      ],
    });
  });

  it('takes folders and standard input', async () => {
    mkdirSync(join(cli.folder, 'flows', 'inner'), { recursive: true });
    writeFileSync(join(cli.folder, 'flows', 'one.yaml'), GOOD);
    writeFileSync(join(cli.folder, 'flows', 'inner', 'two.yml'), WARNED);
    writeFileSync(join(cli.folder, 'flows', 'data.json'), '{"no":"workflow"}');
    const folder = report(await cli.run(['lint', '--json', 'flows']));
    expect([folder.files, folder.findings.map(({ file }) => file)]).toEqual([2, ['flows/inner/two.yml']]);
    const stdin = await cli.run(['lint', '-'], { stdin: WRONG });
    expect([stdin.exitCode, stdin.out]).toEqual([
      EXIT.failed,
      expect.stringMatching(/^stdin:4:7: error expression-syntax/),
    ]);
  });

  it('says what it cannot read, and that there is nothing', async () => {
    expect((await cli.run(['lint', 'nowhere.yaml'])).exitCode).toBe(EXIT.usage);
    mkdirSync(join(cli.folder, 'empty'), { recursive: true });
    const empty = await cli.run(['lint', 'empty']);
    expect([empty.exitCode, empty.err]).toEqual([EXIT.usage, expect.stringContaining('no workflow')]);
    const both = await cli.run(['lint', '--hub', '--schema-only', 'empty']);
    expect([both.exitCode, both.err]).toEqual([EXIT.usage, expect.stringContaining('exclude each other')]);
  });

  it('asks the hub with --hub, and then has looked at everything', async () => {
    cli.write('good.yaml', GOOD);
    const finding = { severity: 'error', code: 'missing-connection', message: 'None.', line: 3, column: 3 };
    cli.replies['POST /v1/workflows/lint'] = { body: { findings: [finding] } };
    const result = await cli.run(['lint', '--hub', '--json', 'good.yaml']);
    expect(result.exitCode).toBe(EXIT.failed);
    expect(report(result)).toMatchObject({ notChecked: [], findings: [{ ...finding, file: 'good.yaml' }] });
    expect(cli.seen[0]?.body).toBe(GOOD);
  });

  it('never prints a secret that it finds', async () => {
    const secret = `ghp_${'a1B2'.repeat(9)}`;
    cli.write('secret.yaml', GOOD.replace('{ x: 1 }', `{ x: '${secret}', y: '\${ "${secret}" | }' }`));
    for (const args of [['lint'], ['lint', '--json']]) {
      const { out, err } = await cli.run([...args, 'secret.yaml']);
      expect(out).toContain('secret-in-text');
      expect(out + err).not.toContain(secret);
    }
  });

  it('shows warnings with apply, which goes on', async () => {
    cli.write('warned.yaml', WARNED);
    const finding = {
      severity: 'warning',
      code: 'unreachable',
      message: 'Never reached.',
      fix: 'Remove it.',
      line: 6,
      column: 5,
    };
    const applied = {
      kind: 'Workflow',
      namespace: 'a',
      name: 'b',
      version: '1',
      change: 'created',
      contentHash: 'x',
    };
    cli.replies['PUT /v1/workflows'] = { body: { ...applied, findings: [finding] } };
    const result = await cli.run(['apply', '-f', 'warned.yaml']);
    expect([result.exitCode, result.out]).toEqual([
      EXIT.ok,
      'warned.yaml: Workflow a/b 1 created\nwarned.yaml:6:5: warning unreachable: Never reached. Fix: Remove it.\n',
    ]);
  });
});

const path = ['conformance', 'serverless-workflow'];
describeShared(path, 'tutti lint --schema-only, on the documents of the specification', () => {
  const cli = CliHarness.forSuite();
  const files = (folder: string) =>
    readdirSync(join(sharedPath(...path), folder))
      .filter((file) => file.endsWith('.yaml'))
      .map((file) => join(sharedPath(...path), folder, file));

  it('takes each of the 66 examples', async () => {
    expect(files('examples')).toHaveLength(66);
    for (const file of files('examples')) {
      expect([file, (await cli.run(['lint', '--schema-only', file])).exitCode]).toEqual([file, EXIT.ok]);
    }
    expect((await cli.run(['lint', '--schema-only', ...files('examples')])).exitCode).toBe(EXIT.ok);
  });

  it('refuses each of the invalid ones', async () => {
    expect(files('invalid')).toHaveLength(3);
    for (const file of files('invalid')) {
      expect([file, (await cli.run(['lint', '--schema-only', file])).exitCode]).toEqual([file, EXIT.failed]);
    }
  });
});

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { reportText, type ConformanceReport } from '@tutti/plugin-sdk/conformance';
import { junitXml } from '../output/junit.js';
import { CliError, EXIT } from '../session/io.js';
import { ROOT } from '../session/locate.js';
import type { Session } from '../session/session.js';
import { inTemporaryFolder, packFolder } from './plugin-archives.js';

/** What performs the suite, with the hub's own isolation of plugins. */
const TESTER = join(ROOT, 'services', 'connector-host', 'dist', 'conformance', 'main.js');

export interface PluginTestOptions {
  junit?: string;
  strict?: boolean;
}

/** `tutti plugin test [folder]`: the conformance suite over the plugin in a folder, without a hub. */
export function testPlugin(session: Session, given: string, options: PluginTestOptions): void {
  const folder = session.path(given || '.');
  const report = options.strict === true ? strictly(performed(folder)) : performed(folder);
  if (options.junit !== undefined) writeFileSync(session.path(options.junit), junitOf(report));
  if (report.failed > 0) session.exitCode = EXIT.failed;
  session.print(report, () => reportText(report));
}

function performed(folder: string): ConformanceReport {
  const own = dirname(folder) === join(ROOT, 'plugins');
  return inTemporaryFolder((temporary) => {
    const tarball = join(temporary, 'plugin.tgz');
    const isPacked = !own && isBuilt(folder);
    if (isPacked) writeFileSync(tarball, packFolder(folder));
    const file = join(temporary, 'report.json');
    const test = { folder, own, ...(isPacked && { tarball }) };
    const args = [TESTER, JSON.stringify(test), file];
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    if (status !== 0) throw new CliError(stderr.trim() || 'The suite ended by itself.', EXIT.usage);
    return JSON.parse(readFileSync(file, 'utf8')) as ConformanceReport;
  });
}

/** Whether the module that package.json names is there. A folder that is no package is told by the suite. */
function isBuilt(folder: string): boolean {
  try {
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
      tutti?: { plugin?: string };
    };
    return manifest.tutti?.plugin !== undefined && existsSync(join(folder, manifest.tutti.plugin));
  } catch {
    return false;
  }
}

function strictly(report: ConformanceReport): ConformanceReport {
  const results = report.results.map((one) =>
    one.state === 'warning' ? { ...one, state: 'failed' as const } : one,
  );
  return { ...report, results, failed: report.failed + report.warnings, warnings: 0 };
}

function junitOf({ plugin, results }: ConformanceReport): string {
  return junitXml(
    results.map(({ check, place, state, message = '' }) => ({
      suite: `${plugin} ${check}`,
      name: place,
      ms: 0,
      problems: state === 'failed' ? [message] : [],
    })),
  );
}

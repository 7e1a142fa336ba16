import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from '../plugin.js';
import { testPlugin, type ConformanceOptions } from './conformance.js';
import { reportText } from './report.js';
import type { ConformanceExamples } from './table.js';

/**
 * For a plugin's own tests: what the suite finds wrong with it by the examples in the `conformance.json` of
 * its folder; empty when nothing. Throws when that cannot be read.
 */
export async function conformanceComplaints(
  plugin: Plugin,
  folder: string,
  options: ConformanceOptions = {},
): Promise<string> {
  const examples = JSON.parse(readFileSync(join(folder, 'conformance.json'), 'utf8')) as ConformanceExamples;
  const report = await testPlugin(plugin, examples, options);
  return report.failed === 0 ? '' : reportText(report);
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { reportText, testPlugin, type ConformanceExamples } from '@tutti/plugin-sdk/conformance';
import plugin from './index.js';

it('keeps the rules of a connector', async () => {
  const file = join(import.meta.dirname, '../conformance.json');
  const examples = JSON.parse(readFileSync(file, 'utf8')) as ConformanceExamples;
  const report = await testPlugin(plugin, examples);
  expect(report.failed === 0 ? '' : reportText(report)).toBe('');
});

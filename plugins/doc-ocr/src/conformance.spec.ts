import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { memoryFiles } from '@tutti/plugin-sdk/testing';
import { reportText, testPlugin } from '@tutti/plugin-sdk/conformance';
import plugin from './index.js';

const FILE = join(
  import.meta.dirname,
  '../../../examples/invoice-processing/documents/09-kessler-short-delivery.pdf',
);
const ID = '01890a5d-ac96-774b-bcce-b302099a8058';

it('keeps the rules of a connector', async () => {
  const document = { $artifact: ID, mediaType: 'application/octet-stream', bytes: 1 };
  const capabilities = { 'document.extract': [{ input: { document }, output: { warnings: [] } }] };
  const files = memoryFiles({ [ID]: new Uint8Array(readFileSync(FILE)) });
  const report = await testPlugin(
    plugin,
    { capabilities },
    { files, attemptMsMax: 120_000, cancelMsMax: 120_000 },
  );
  expect(report.failed === 0 ? '' : reportText(report)).toBe('');
}, 300_000);

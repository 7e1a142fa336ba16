import { join } from 'node:path';
import { conformanceComplaints } from '@tutti/plugin-sdk/conformance';
import plugin from './index.js';

it('keeps the rules of a connector', async () => {
  expect(await conformanceComplaints(plugin, join(import.meta.dirname, '..'))).toBe('');
});

/**
 * `node main.js '{"folder": ..., "tarball": ..., "own": ...}' <file for the report>`: what `npx tutti plugin
 * test` starts, because the command line itself loads nothing of the hub.
 */
import { writeFile } from 'node:fs/promises';
import { testPluginFolder, type FolderTest } from './test-folder.js';

const [test = '{}', file = ''] = process.argv.slice(2);
try {
  const { folder, tarball, own } = JSON.parse(test) as FolderTest;
  await writeFile(file, JSON.stringify(await testPluginFolder({ folder, tarball, own })));
  // What a plugin left on the clock or the network must not keep this process.
  process.exit(0);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exit(1);
}

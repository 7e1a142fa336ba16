// Started by bench.mjs on the pinned Node. A benchmark is a module with `main(args)`, or one that runs when
// imported.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './setup/paths.mjs';

const [name, ...options] = process.argv.slice(2);
const file = join(root, 'bench', name, 'bench.mjs');
process.argv = [process.argv[0], file, ...options];
const { main } = await import(pathToFileURL(file).href);
if (main) process.exitCode = (await main(options)) ?? 0;

// npm run bench -- NAME [options]: runs bench/NAME/bench.mjs, which prints its figures as one JSON line last.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { become, bootstrap, orExplain } from './bootstrap.mjs';
import { root } from './setup/paths.mjs';

const folder = join(root, 'bench');
const [name, ...options] = process.argv.slice(2);
const names = readdirSync(folder).filter((each) => existsSync(join(folder, each, 'bench.mjs')));

if (!names.includes(name)) {
  if (name) console.error(`There is no benchmark "${name}".`);
  console.error(`Usage: npm run bench -- NAME [options]; NAME is one of: ${names.join(', ')}.`);
  process.exit(2);
}
await orExplain(() => bootstrap({ dashboard: false }));
become(join(root, 'scripts', 'bench-run.mjs'), [name, ...options]);

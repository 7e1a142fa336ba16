#!/usr/bin/env node
// Plain ESM for Node 18 and newer: the machine's own Node may be older than the one that the hub brings.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const entry = new URL('../dist/main.js', import.meta.url);
const isBuilt = existsSync(entry);

if (isBuilt && Number(process.versions.node.split('.')[0]) >= 24) {
  await import(entry.href);
} else {
  const { become, bootstrap, orExplain } = await import('../../../scripts/bootstrap.mjs');
  if (!isBuilt) await orExplain(() => bootstrap({ dashboard: false }));
  become(fileURLToPath(entry), process.argv.slice(2));
}

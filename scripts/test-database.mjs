// One PostgreSQL for all tests of one `npm test`, as a child of it: each test makes a database of its own in
// it. Durability is off: nothing in it is to survive, and the tests that kill a server start one of their
// own.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const { startEmbeddedPostgres } = await import('../libs/store/dist/index.js');
const folder = mkdtempSync(join(tmpdir(), 'tutti-test-db-'));
const settings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '300' };
const server = await startEmbeddedPostgres({ dataDir: join(folder, 'data'), settings });

async function end() {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
  process.exit(0);
}

process.once('disconnect', () => void end());
// A Ctrl-C reaches the whole group; the parent ends first and disconnects.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
process.send({ socketDir: server.socketDir });

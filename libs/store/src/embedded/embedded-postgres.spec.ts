import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { eventually } from '@tutti/testing';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres.js';

const SETTINGS = { fsync: 'off', shared_buffers: '16MB' };

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('embedded PostgreSQL', () => {
  const folders: string[] = [];
  const servers: EmbeddedPostgres[] = [];

  afterEach(async () => {
    for (const server of servers.splice(0)) await server.stop();
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  });

  function folder(mode = 0o755): string {
    const path = mkdtempSync(join(tmpdir(), 'tutti-pg-'));
    rmSync(path, { recursive: true });
    mkdirSync(path, { mode });
    folders.push(path);
    return path;
  }

  async function start(dataDir: string): Promise<EmbeddedPostgres> {
    const server = await startEmbeddedPostgres({ dataDir, settings: SETTINGS });
    servers.push(server);
    return server;
  }

  async function ask(server: EmbeddedPostgres, sql: string): Promise<unknown[]> {
    const client = new Client(server.connection);
    await client.connect();
    try {
      return (await client.query(sql)).rows as unknown[];
    } finally {
      await client.end();
    }
  }

  it('listens on a private socket only', async () => {
    const server = await start(join(folder(), 'postgres'));
    expect(await ask(server, 'SHOW listen_addresses')).toEqual([{ listen_addresses: '' }]);
    expect(await ask(server, 'SELECT current_database() AS name')).toEqual([{ name: 'tutti' }]);
    expect(statSync(server.socketDir).mode & 0o077).toBe(0);
  });

  it('keeps its data and takes over a server that was left running', async () => {
    const dataDir = join(folder(), 'postgres');
    const first = await start(dataDir);
    await ask(first, 'CREATE TABLE kept (n int)');
    const second = await startEmbeddedPostgres({ dataDir, settings: SETTINGS });
    expect(second).toMatchObject({ reused: true, pid: first.pid });
    await second.stop();
    const third = await start(dataDir);
    expect(third.reused).toBe(false);
    expect(await ask(third, `SELECT to_regclass('kept') IS NOT NULL AS there`)).toEqual([{ there: true }]);
  });

  it('starts anew where a killed server left its file behind, and where one is just ending', async () => {
    const dataDir = join(folder(), 'postgres');
    const killed = await start(dataDir);
    process.kill(killed.pid, 'SIGKILL');
    await eventually(() => !isAlive(killed.pid));
    const second = await start(dataDir);
    expect(second.reused).toBe(false);
    expect(await ask(second, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    process.kill(second.pid, 'SIGINT');
    const third = await start(dataDir);
    expect(await ask(third, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(third.pid).not.toBe(second.pid);
  });

  it('works where the path is too long for a socket', async () => {
    const dataDir = join(folder(), 'x'.repeat(100), 'postgres');
    const server = await start(dataDir);
    expect(server.socketDir.length).toBeLessThan(90);
    folders.push(server.socketDir);
    expect(await ask(server, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('works below a folder that is closed to other users, as a clone under /root is', async () => {
    const server = await start(join(folder(0o700), 'postgres'));
    expect(await ask(server, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(existsSync(server.socketDir)).toBe(true);
  });

  it('starts again on a folder that an unfinished first start left', async () => {
    const dataDir = join(folder(), 'postgres');
    mkdirSync(dataDir, { mode: 0o700 });
    const server = await start(dataDir);
    expect(await ask(server, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
});

import { openDatabase } from '@tutti/store';
import { createTestDatabase, type TestDatabase } from '@tutti/testing';
import type { PluginLogLine } from '@tutti/contracts';
import { uuidv7 } from '@tutti/contracts';
import type { DataSource } from 'typeorm';
import { LIMITS } from '../limits.js';
import { PluginLogs } from './plugin-logs.js';

const SECRET = 'canary-4711';
const OF = { name: 'util-x', version: '1.0.0', workspaceId: 'default' };

let test: TestDatabase;
let database: DataSource;
beforeAll(async () => {
  test = await createTestDatabase();
  database = await openDatabase(test.connection);
});
afterAll(async () => {
  await database.destroy();
  await test.drop();
});

async function kept(): Promise<(PluginLogLine & { instance: string })[]> {
  const rows = (await database.query(
    'SELECT instance_id AS instance, lines FROM plugin_logs ORDER BY at',
  )) as {
    instance: string;
    lines: string;
  }[];
  return rows.flatMap(({ instance, lines }) =>
    (JSON.parse(lines) as PluginLogLine[]).map((line) => ({ ...line, instance })),
  );
}

it('keeps the last lines of a version without secrets, and tells all to the log of the process', async () => {
  const told: string[] = [];
  const logs = new PluginLogs({ write: (_level, line) => told.push(line) }, (text) =>
    text.replaceAll(SECRET, '[redacted]'),
  );
  const instanceId = uuidv7();
  await logs.keepIn({ database, instanceId });
  for (let i = 0; i <= LIMITS.pluginLogLinesMax; i++) logs.write('info', `line ${i} ${SECRET}`, OF);
  logs.write('info', 'of nobody');
  await logs.flush();
  const lines = await kept();
  expect(lines).toHaveLength(LIMITS.pluginLogLinesMax);
  expect(lines[0]).toMatchObject({
    text: 'line 1 [redacted]',
    level: 'info',
    workspaceId: 'default',
    instance: instanceId,
  });
  expect(told).toHaveLength(LIMITS.pluginLogLinesMax + 2);
  logs.write('error', 'x'.repeat(10_000), OF);
  for (let i = 0; i < 30; i++) logs.write('error', 'y'.repeat(LIMITS.pluginLogLineLengthMax), OF);
  await logs.close();
  const long = (await kept()).map(({ text }) => text);
  expect(long.join('').length).toBeLessThanOrEqual(LIMITS.pluginLogLengthMax);
  expect(long.at(-1)).toHaveLength(LIMITS.pluginLogLineLengthMax);
});

it('forgets processes that are gone, but for the last few', async () => {
  const silent = { write: () => undefined };
  for (let i = 0; i < 6; i++) {
    const logs = new PluginLogs(silent, String);
    await logs.keepIn({ database, instanceId: uuidv7() });
    logs.write('info', `process ${i}`, { ...OF, name: 'util-y' });
    await logs.close();
  }
  const texts = (await kept()).map(({ text }) => text).filter((text) => text.startsWith('process'));
  expect(texts.at(-1)).toBe('process 5');
  expect(texts.length).toBeLessThanOrEqual(LIMITS.pluginLogHostsMax + 1);
});

it('writes what could not be written as soon as the database is back', async () => {
  let away = true;
  const queries: unknown[] = [];
  const query = (_sql: string, values?: unknown[]) => {
    if (away) return Promise.reject(new Error('away'));
    queries.push(values);
    return Promise.resolve([]);
  };
  const logs = new PluginLogs({ write: () => undefined }, String);
  await logs.keepIn({ database: { query } as never, instanceId: uuidv7() });
  logs.write('info', 'kept', OF);
  await logs.flush();
  away = false;
  await logs.close();
  expect(JSON.stringify(queries)).toContain('kept');
});

import { createTestDatabase, type TestDatabase } from '@tutti/testing';
import type { Pool } from 'pg';
import type { DataSource } from 'typeorm';
import { openDatabase, openHotPool } from '../database.js';
import { ensurePartition } from '../partitions.js';
import { applySpanRetention, type DayPartition, dayPartitions, partitionsToDrop } from './span-retention.js';

const DAY_MS = 86_400_000;
const NOW_MS = Date.UTC(2026, 10, 22, 12);

const partition = (day: string, bytes: number): DayPartition => ({ name: `spans_${day}`, day, bytes });

describe('which partitions retention drops', () => {
  const partitions = [
    partition('20261101', 10),
    partition('20261120', 10),
    partition('20261121', 10),
    partition('20261122', 100),
    partition('20261123', 0),
  ];

  it('are those that are too old', () => {
    expect(partitionsToDrop(partitions, { daysMax: 7, bytesMax: 1_000 }, NOW_MS)).toEqual(['spans_20261101']);
  });

  it('are the oldest until the rest fits', () => {
    expect(partitionsToDrop(partitions, { daysMax: 30, bytesMax: 115 }, NOW_MS)).toEqual([
      'spans_20261101',
      'spans_20261120',
    ]);
  });

  it('are never those of today and later', () => {
    expect(partitionsToDrop(partitions, { daysMax: 1, bytesMax: 1 }, NOW_MS)).toEqual([
      'spans_20261101',
      'spans_20261120',
      'spans_20261121',
    ]);
  });

  it('are none when everything is young and fits', () => {
    expect(partitionsToDrop(partitions, { daysMax: 30, bytesMax: 1_000 }, NOW_MS)).toEqual([]);
  });
});

describe('span retention', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let pool: Pool;
  beforeAll(async () => {
    database = await createTestDatabase();
    dataSource = await openDatabase(database.connection);
    pool = openHotPool(database.connection);
  });
  afterAll(async () => {
    await pool.end();
    await dataSource.destroy();
    await database.drop();
  });

  const names = async (table: string) => (await dayPartitions(pool, table)).map((one) => one.name);

  it('drops whole partitions of spans and rollups, each by its own limit', async () => {
    const day = (ago: number) =>
      new Date(Date.now() - ago * DAY_MS).toISOString().slice(0, 10).replaceAll('-', '');
    for (const table of ['spans', 'span_minutes'])
      for (const ago of [50, 10]) await ensurePartition(dataSource, table, Date.now() - ago * DAY_MS);
    const dropped = await applySpanRetention(pool, { spanDaysMax: 30, spanBytesMax: 1e9, rollupDaysMax: 40 });
    expect(dropped).toEqual([`spans_${day(50)}`, `span_minutes_${day(50)}`]);
    expect(await names('spans')).toContain(`spans_${day(10)}`);
    expect(await names('span_minutes')).not.toContain(`span_minutes_${day(50)}`);
  });

  it('measures the partitions with their indexes', async () => {
    const [first] = await dayPartitions(pool, 'spans');
    expect(first?.bytes).toBeGreaterThan(0);
  });
});

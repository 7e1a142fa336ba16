import { createTestDatabase } from '@tutti/testing';
import { openDatabase } from './database.js';

describe('opening the database', () => {
  it('brings the schema up to date once when many processes start together', async () => {
    const database = await createTestDatabase();
    const opened = await Promise.all(Array.from({ length: 6 }, () => openDatabase(database.connection)));
    try {
      const [first] = opened;
      const rows = await first?.query<{ name: string }[]>('SELECT name FROM schema_migrations');
      expect(new Set(rows?.map(({ name }) => name)).size).toBe(rows?.length);
      expect(rows?.length).toBeGreaterThan(2);
    } finally {
      await Promise.all(opened.map((one) => one.destroy()));
      await database.drop();
    }
  });
});

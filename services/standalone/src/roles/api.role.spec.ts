import { ProblemError } from '@tutti/api';
import { InProcessBus } from '@tutti/bus';
import { openDatabase } from '@tutti/store';
import { createTestDatabase, type TestDatabase } from '@tutti/testing';
import type { DataSource } from 'typeorm';
import { remoteTester } from './api.role.js';

describe('the test of a connection, asked of an API without plugins', () => {
  const connection = { workspaceId: 'default', name: 'erp' };
  let database: TestDatabase;
  let dataSource: DataSource;
  beforeAll(async () => {
    database = await createTestDatabase();
    dataSource = await openDatabase(database.connection);
  });
  afterAll(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  it('says what to start where no connector host runs, as a problem', async () => {
    const failure: unknown = await remoteTester
      .useFactory(dataSource, new InProcessBus())
      .test(connection)
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ProblemError);
    expect((failure as ProblemError).problem).toMatchObject({
      status: 503,
      detail: expect.stringContaining('tutti serve connector-host'),
    });
  });

  it('lets a defect be one', async () => {
    const broken = { query: () => Promise.reject(new TypeError('defect')) } as unknown as DataSource;
    await expect(remoteTester.useFactory(broken, new InProcessBus()).test(connection)).rejects.toBeInstanceOf(
      TypeError,
    );
  });
});

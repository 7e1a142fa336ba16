import { ApiHarness } from '../testing/api-harness.js';
import { applyWorkflow } from '../testing/fixtures.js';
import { type AuditRow, listAuditEvents } from './audit.queries.js';
import { auditHash } from './audit.service.js';

describe('the audit log', () => {
  let api: ApiHarness;
  beforeAll(async () => {
    api = await ApiHarness.start();
  });
  afterAll(() => api.close());

  const events = async (): Promise<AuditRow[]> =>
    (
      await listAuditEvents(api.dataSource, { workspaceId: 'default', beforeId: null, limit: 1_000 })
    ).reverse();

  /** The first event whose hash does not follow from the one before; null when the chain holds. */
  async function firstBreak(): Promise<number | null> {
    let previous: Buffer | null = null;
    for (const [i, row] of (await events()).entries()) {
      if (!auditHash('default', row, previous).equals(row.hash)) return i;
      previous = row.hash;
    }
    return null;
  }

  it('chains events by their hashes, also when they are written at the same time', async () => {
    await Promise.all(Array.from({ length: 20 }, () => applyWorkflow(api)));
    expect(await events()).toHaveLength(20);
    expect(await firstBreak()).toBeNull();
  });

  it('shows an event that was changed afterwards', async () => {
    const [{ id }] = (await api.query<{ id: string }>(
      'SELECT id FROM audit_events ORDER BY id OFFSET 7 LIMIT 1',
    )) as [{ id: string }];
    await api.query(`UPDATE audit_events SET subject = 'somebody else' WHERE id = $1`, [id]);
    expect(await firstBreak()).toBe(7);
    await api.query(`UPDATE audit_events SET subject = 'admin' WHERE id = $1`, [id]);
    expect(await firstBreak()).toBeNull();
  });

  it('shows an event that was taken away', async () => {
    await api.query(
      'DELETE FROM audit_events WHERE id = (SELECT id FROM audit_events ORDER BY id OFFSET 3 LIMIT 1)',
    );
    expect(await firstBreak()).toBe(3);
  });

  it('is listed newest first, page by page', async () => {
    const first = await api.call<{
      items: { id: string; action: string; target: string }[];
      nextCursor: string;
    }>('GET', '/v1/audit?limit=10');
    const second = await api.call<{ items: { id: string }[]; nextCursor: null }>(
      'GET',
      `/v1/audit?limit=10&cursor=${first.body.nextCursor}`,
    );
    expect(first.body.items[0]).toMatchObject({
      action: 'workflow.created',
      subject: 'admin',
      origin: '127.0.0.1',
      after: { version: '1.0.0' },
    });
    expect([first.body.items.length, second.body.items.length, second.body.nextCursor]).toEqual([
      10,
      9,
      null,
    ]);
    const ids = [...first.body.items, ...second.body.items].map(({ id }) => Number(id));
    expect(ids).toEqual([...ids].sort((a, b) => b - a));
  });
});

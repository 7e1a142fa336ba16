import { json } from '../testing/http-stub.js';
import { TestHub } from '../testing/test-plugin.js';

const hub = TestHub.use();

describe('the test of a connection', () => {
  it('asks the plugin and records the answer', async () => {
    await expect(hub.host.host.tester.test('default', 'main')).resolves.toMatchObject({
      ok: true,
      detail: 'as it should be',
    });
    hub.stub.behaviour = (request, response) => json(response, 401, { said: request.headers.authorization });
    const health = await hub.host.host.tester.test('default', 'main');
    expect(health).toMatchObject({ ok: false, detail: expect.stringContaining('answered 401') });
    const [row] = (await hub.host.database.query(
      `SELECT health, health_detail FROM connections WHERE name = 'main'`,
    )) as {
      health: string;
      health_detail: string;
    }[];
    expect(row).toMatchObject({ health: 'failing', health_detail: health.detail });
  });

  it('says what is wrong with settings before they are stored', async () => {
    const of = { workspaceId: 'default', name: 'new', plugin: 'util-test' };
    await expect(hub.host.host.tester.testSettings({ ...of, values: {} })).resolves.toMatchObject({
      ok: false,
      detail: expect.stringContaining('/baseUrl'),
    });
    const values = { baseUrl: hub.stub.origin, token: 't' };
    await expect(hub.host.host.tester.testSettings({ ...of, values })).resolves.toMatchObject({ ok: true });
  });
});

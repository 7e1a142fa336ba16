import { json } from '../testing/http-stub.js';
import { capabilityRequest } from '../testing/requests.js';
import { CANARY, TestHub } from '../testing/test-plugin.js';

const hub = TestHub.use();

describe('secrets', () => {
  it.each(['output', 'permanent', 'defect', 'http'])(
    'are never in outcome, log or span when the plugin leaks them by %s',
    async (how) => {
      hub.stub.behaviour = (request, response) =>
        json(response, 400, { echo: request.headers.authorization, url: request.url });
      const { outcome } = await hub.host.host.executor.execute(capabilityRequest('util.leak', { how }));
      const spans = hub.host.spans.map((span) => hub.host.host.knownSecrets.redact(JSON.stringify(span)));
      const everything = JSON.stringify([outcome, hub.host.lines, spans]);
      expect(everything).toContain('[redacted]');
      for (const spelling of [
        CANARY,
        'canary-4c1d',
        encodeURIComponent(CANARY),
        Buffer.from(CANARY).toString('base64').slice(0, 12),
      ]) {
        expect(everything).not.toContain(spelling);
      }
    },
  );

  it('are sealed in the database and not in the settings', async () => {
    const [row] = (await hub.host.database.query(
      `SELECT settings, secrets FROM connections WHERE name = 'main'`,
    )) as {
      settings: string;
      secrets: Buffer;
    }[];
    expect(row?.settings).not.toContain('canary');
    expect(row?.secrets.includes('canary')).toBe(false);
  });
});

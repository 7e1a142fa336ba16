import { randomBytes } from 'node:crypto';
import { dashboardSecret } from './dashboard-secret.js';

describe("the secret that seals the dashboard's sessions", () => {
  const masterKey = randomBytes(32);

  it('is the same at every start on one data folder', () => {
    expect(dashboardSecret(masterKey)).toBe(dashboardSecret(Buffer.from(masterKey)));
    expect(dashboardSecret(masterKey)).toMatch(/^[0-9a-f]{64}$/);
  });
  it('is another one for every data folder', () => {
    expect(dashboardSecret(randomBytes(32))).not.toBe(dashboardSecret(masterKey));
  });
  it('does not carry the master key', () => {
    expect(dashboardSecret(masterKey)).not.toContain(masterKey.toString('hex'));
  });
});

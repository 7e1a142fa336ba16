import { createHmac } from 'node:crypto';

/**
 * What seals the dashboard's session cookies, as it is written down at the first start: so that people stay
 * signed in over restarts and new master keys. Never the master key itself, since the dashboard's process has
 * no business with connections' secrets.
 */
export function dashboardSecret(masterKey: Buffer): string {
  return createHmac('sha256', masterKey).update('dashboard-session').digest('hex');
}

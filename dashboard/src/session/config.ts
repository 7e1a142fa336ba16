import { randomBytes } from 'node:crypto';

/**
 * The settings of the dashboard's server, read from the environment at run time because one build serves
 * every installation.
 */
export interface DashboardConfig {
  apiUrl: string;
  /** Seals the session cookie. Without it every start makes a new one and signs everybody out. */
  secret: string;
}

// On globalThis because the bundler gives each route its own copy of this module, and all must seal with the
// same secret.
const holder = globalThis as { tuttiDashboardConfig?: DashboardConfig };

export function dashboardConfig(): DashboardConfig {
  holder.tuttiDashboardConfig ??= {
    apiUrl: (process.env['TUTTI_API_URL'] ?? 'http://127.0.0.1:4000').replace(/\/+$/, ''),
    secret: process.env['TUTTI_DASHBOARD_SECRET'] || randomBytes(32).toString('base64url'),
  };
  return holder.tuttiDashboardConfig;
}

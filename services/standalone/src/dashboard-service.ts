import { setTimeout as sleep } from 'node:timers/promises';
import { Health } from '@tutti/api/health';
import { request } from 'undici';
import type { ServiceConfig } from './config/service.config.js';
import { DashboardProcess } from './dashboard-process.js';
import { HealthServer } from './health/health.server.js';
import { checkPorts, freePort } from './ports.js';
import type { Stoppable } from './signals.js';

const ANSWER_MS_MAX = 2_000;

/** The dashboard alone, for a container of its own. */
export async function startDashboardService(
  config: ServiceConfig<'dashboard'>,
): Promise<Stoppable & { addresses: Record<string, string> }> {
  const { TUTTI_HOST: host, TUTTI_PORT, TUTTI_HEALTH_PORT, TUTTI_API_URL: apiUrl } = config;
  await checkPorts(host, [
    { port: TUTTI_PORT, what: 'dashboard', change: 'TUTTI_PORT=N' },
    { port: TUTTI_HEALTH_PORT, what: 'health', change: 'TUTTI_HEALTH_PORT=N' },
  ]);
  const port = TUTTI_PORT === 0 ? await freePort(host) : TUTTI_PORT;
  const health = new Health();
  const healthServer = new HealthServer(health);
  const healthPort = await healthServer.listen(TUTTI_HEALTH_PORT, host);
  const dashboard = new DashboardProcess({ host, port, apiUrl, secret: config.TUTTI_DASHBOARD_SECRET });
  // Not the API: without it the dashboard still says what is wrong, better than a refused connection does.
  health.needs('dashboard', () => answersAt(`${dashboard.url}/sign-in`));
  await dashboard.start();
  health.state = 'ready';
  return {
    addresses: { dashboard: dashboard.url, health: `http://${host}:${healthPort}` },
    async stop() {
      health.state = 'draining';
      await sleep(config.TUTTI_DRAIN_SECONDS * 1000);
      await dashboard.stop();
      await healthServer.close();
    },
    kill: () => void dashboard.stop(),
  };
}

async function answersAt(url: string): Promise<string | null> {
  try {
    const { statusCode, body } = await request(url, { headersTimeout: ANSWER_MS_MAX });
    await body.dump();
    return statusCode < 500 ? null : `The dashboard answers ${statusCode}.`;
  } catch {
    return 'The dashboard does not answer.';
  }
}

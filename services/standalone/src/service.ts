import { readRole, readServiceConfig, type ServiceRole } from './config/service.config.js';
import { explain, runUntilSignal, type Stoppable } from './signals.js';

/** What a process of one role prints when it is ready. */
interface RunningService extends Stoppable {
  addresses: Readonly<Record<string, string>>;
}

async function startRole(role: ServiceRole, stopped: AbortSignal): Promise<RunningService> {
  if (role === 'dashboard') {
    const { startDashboardService } = await import('./dashboard-service.js');
    return startDashboardService(readServiceConfig(role));
  }
  const config = readServiceConfig(role);
  const { startService } = await import('./service-process.js');
  return startService(role, config, stopped);
}

async function main(role: ServiceRole): Promise<void> {
  const service = await runUntilSignal(`Tutti ${role}`, (stopped) => startRole(role, stopped));
  if (!service) return;
  const addresses = Object.entries(service.addresses).map(([what, where]) => `${what} ${where}`);
  console.log([`Tutti ${role} is ready`, ...addresses].join('  '));
}

try {
  const role = readRole(process.argv.slice(2));
  main(role).catch((error: unknown) => {
    explain(`Tutti ${role}`, error);
    process.exit(1);
  });
} catch (error) {
  explain('Tutti', error);
  process.exit(1);
}

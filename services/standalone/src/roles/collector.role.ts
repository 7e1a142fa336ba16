import { CollectorConfig, CollectorModule, CollectorServers } from '@tutti/collector';
import type { Role } from '../composition/role.types.js';

export interface CollectorSettings extends Pick<
  CollectorConfig,
  'httpPort' | 'grpcPort' | 'token' | 'spanDaysMax' | 'spanBytesMax'
> {
  /** Where telemetry is durable when its sender is told so. */
  intake: 'database' | 'bus';
}

/** Receives telemetry and stores it. */
export function collectorRole({ intake, ...settings }: CollectorSettings): Role {
  return {
    name: 'collector',
    modules: ({ host }) => [CollectorModule.forRoot(CollectorConfig.parse({ ...settings, host }), intake)],
    begin: (app, { host }) => {
      const { httpPort, grpcPort } = app.get(CollectorServers, { strict: false });
      return Promise.resolve({
        OTLP: `http://${host}:${httpPort}`,
        'OTLP/gRPC': `http://${host}:${grpcPort}`,
      });
    },
  };
}

import type { Provider } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { CONNECTION_TESTER, createApiApp, drainApi, ensureAdminToken } from '@tutti/api';
import type { KafkaConfig } from '@tutti/bus';
import { SecretBox } from '@tutti/store';
import { DataSource } from 'typeorm';
import type { Role } from '../composition/role.types.js';

export interface ApiSettings {
  port: number;
  /** Address of the dashboard as people see it; sign-in links point there. */
  publicUrl: string;
  masterKey: string;
  adminToken: string;
  /** Tries connections out where the plugins are: in this process, or over the bus. */
  connectionTester: Provider & { provide: typeof CONNECTION_TESTER };
  /** The hub's own Kafka, whose topics triggers may read without a connection. */
  kafka: KafkaConfig | null;
}

/** Without a connector host at hand connections cannot be tried out. */
export const noTester: ApiSettings['connectionTester'] = { provide: CONNECTION_TESTER, useValue: null };

/** REST, SSE and sign-in. */
export function apiRole(settings: ApiSettings): Role {
  const { port, publicUrl: dashboardUrl, masterKey, connectionTester, kafka } = settings;
  let host = '';
  return {
    name: 'api',
    modules: () => [],
    application: (around, imports) => {
      ({ host } = around);
      const config = { host, port, dashboardUrl };
      const { health } = around;
      const secretBox = new SecretBox(masterKey);
      return createApiApp({ config, imports, secretBox, connectionTester, health, kafka });
    },
    begin: async (app) => {
      await ensureAdminToken(app.get(DataSource), settings.adminToken);
      const http = app as NestFastifyApplication;
      await http.listen(port, host);
      return { API: await http.getUrl() };
    },
    drain: drainApi,
  };
}

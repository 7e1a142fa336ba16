import type { INestApplicationContext } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { ModuleImport } from '@tutti/api';
import type { Health } from '@tutti/api/health';
import type { Bus } from '@tutti/bus';
import type { Redact } from '@tutti/telemetry';

/** Addresses of a process by what is there, for the ready line: `{ API: 'http://127.0.0.1:4000' }`. */
export type Addresses = Record<string, string>;

/** What the roles of one process share. */
export interface Surroundings {
  host: string;
  bus: Bus;
  health: Health;
}

/**
 * One part of the hub, as a process is composed of it: all four make the standalone hub, one alone makes a
 * service. Modules find the store and the bus in the process.
 */
export interface Role {
  readonly name: string;
  modules(around: Surroundings): ModuleImport[];
  /** The role that listens to HTTP makes the application, with everybody's modules in it. */
  application?(around: Surroundings, modules: ModuleImport[]): Promise<NestFastifyApplication>;
  /** Everything delivers: starts what runs by itself, and answers where the role is to be found. */
  begin?(app: INestApplicationContext, around: Surroundings): Promise<Addresses>;
  /** Closes the role's doors, and answers what came in before. The bus and the database are still there. */
  drain?(app: INestApplicationContext): Promise<void>;
  /** Takes the secrets that the role knows out of a text. */
  redact?: Redact;
}

import { ConsoleLogger, type LogLevel } from '@nestjs/common';

/** Who in Nest tells of every module and route at start, which helps nobody who runs the hub. */
const NEST = new Set([
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestFactory',
  'NestApplication',
]);
NEST.add('NestMicroservice');
const LEVELS: LogLevel[] = ['fatal', 'error', 'warn', 'log', 'debug'];

export type HubLogLevel = 'error' | 'warn' | 'log' | 'debug';

/** Lines of text on standard output; in colour only for a person at a terminal. */
export class HubLogger extends ConsoleLogger {
  constructor(level: HubLogLevel) {
    const logLevels = LEVELS.slice(0, LEVELS.indexOf(level) + 1);
    super({ prefix: 'Tutti', logLevels, colors: process.stdout.isTTY === true });
  }

  override log(message: unknown, ...more: unknown[]): void {
    if (!NEST.has(String(more.at(-1)))) super.log(message, ...(more as string[]));
  }
}

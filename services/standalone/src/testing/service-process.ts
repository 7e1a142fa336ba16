import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { request } from 'undici';
import type { ServiceRole } from '../config/service.config.js';
import { Child } from './child.js';

const SERVICE = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'dist', 'service.js');
/** Many start at once, on machines with few processors. */
const READY_MS_MAX = 180_000;

/** One role in a process of its own, as an image starts it. */
export class ServiceUnderTest extends Child {
  /** Where the ready line says that things are: `API`, `OTLP`, `health`, ... */
  addresses: Readonly<Record<string, string>> = {};

  constructor(
    readonly role: ServiceRole,
    readonly environment: Readonly<Record<string, string>>,
  ) {
    super([SERVICE, role], environment);
  }

  async untilReady(): Promise<this> {
    const line = await this.line(new RegExp(`^Tutti ${this.role} is ready.*$`, 'm'), READY_MS_MAX);
    const found = [...line.matchAll(/ {2}(\S+) (http\S+)/g)];
    this.addresses = Object.fromEntries(found.map(([, name, url]) => [name, url] as [string, string]));
    return this;
  }

  /** `/readyz` or `/healthz` of the health port; null when nobody answers. */
  async probe(path: '/readyz' | '/healthz'): Promise<{ status: number; body: Record<string, never> } | null> {
    try {
      const { statusCode, body } = await request(`${this.addresses.health}${path}`);
      return { status: statusCode, body: (await body.json()) as Record<string, never> };
    } catch {
      return null;
    }
  }
}

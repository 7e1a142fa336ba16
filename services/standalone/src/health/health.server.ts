import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Failing, failingProblem, type Health } from '@tutti/api/health';
import { METRICS_TYPE, type MetricsInstance, renderMetrics } from '@tutti/api/metrics';
import { problem } from '@tutti/contracts';

const RETRY_AFTER_SECONDS = '2';
const NOTHING_ELSE = 'There is /healthz, /readyz and /metrics here, and nothing else.';

/**
 * `/healthz`, `/readyz` and `/metrics` on a port of their own, from the first moment of a process to its
 * last. A blocked event loop answers neither, which is how a prober sees it.
 */
export class HealthServer {
  readonly #server: Server;

  /** `instance`: the process as its metrics show it; null while there is nothing to measure. */
  constructor(health: Health, instance: () => MetricsInstance | null = () => null) {
    this.#server = createServer((request, response) => {
      const path = (request.url ?? '').split('?', 1)[0];
      if (path === '/healthz') void health.dead().then((failing) => answer(response, failing));
      else if (path === '/readyz') void health.unready().then((failing) => answer(response, failing));
      else if (path === '/metrics') sendMetrics(response, instance());
      else send(response, 404, problem('not-found', NOTHING_ELSE));
    });
  }

  /** Listens, and answers the port. */
  async listen(port: number, host: string): Promise<number> {
    await new Promise<void>((done, fail) => {
      this.#server.once('error', fail).listen(port, host, done);
    });
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    await new Promise((done) => {
      this.#server.close(done);
      this.#server.closeAllConnections();
    });
  }
}

function answer(response: ServerResponse, failing: readonly Failing[]): void {
  if (failing.length === 0) return send(response, 200, { status: 'ok' });
  response.setHeader('retry-after', RETRY_AFTER_SECONDS);
  send(response, 503, failingProblem(failing));
}

function sendMetrics(response: ServerResponse, instance: MetricsInstance | null): void {
  response
    .writeHead(200, { 'content-type': METRICS_TYPE })
    .end(renderMetrics(instance === null ? [] : [instance]));
}

function send(response: ServerResponse, status: number, body: object): void {
  const type = status === 200 ? 'application/json' : 'application/problem+json';
  response.writeHead(status, { 'content-type': `${type}; charset=utf-8` }).end(JSON.stringify(body));
}

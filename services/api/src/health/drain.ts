import type { Server } from 'node:http';
import type { INestApplicationContext } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { McpEndpoint } from '../mcp/mcp.endpoint.js';
import { EventsHub } from '../events/events.hub.js';
import { RunWaiters } from '../runs/run-waiters.js';

/** Requests that take longer than this to be answered are cut off by a stop. */
const ANSWER_MS_MAX = 10_000;
const LOOK_MS = 25;

/**
 * Takes no connections any more and lets the requests on the open ones be answered: who waits for the end of
 * a run hears that it goes on, and who follows events comes again to another process.
 */
export async function drainApi(app: INestApplicationContext): Promise<void> {
  const server = (app as NestFastifyApplication).getHttpServer() as Server;
  if (!server.listening) return;
  let closed = false;
  server.close(() => {
    closed = true;
  });
  const end = performance.now() + ANSWER_MS_MAX;
  while (!closed && performance.now() < end) {
    app.get(RunWaiters, { strict: false }).release();
    app.get(EventsHub, { strict: false }).release();
    await app.get(McpEndpoint, { strict: false }).release();
    // A connection is idle again after each answer, and clients keep them open for the next request.
    server.closeIdleConnections();
    await new Promise((done) => setTimeout(done, LOOK_MS));
  }
}

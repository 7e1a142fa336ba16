import type { Server } from '@modelcontextprotocol/server';

/** The first revision without sessions. */
const STATELESS = '2026-07-28';

/** Whether the server answers in a revision without sessions; revisions are dates. */
export function isStateless(server: Server): boolean {
  return (server.getNegotiatedProtocolVersion() ?? '') >= STATELESS;
}

import type { HttpPort } from '@tutti/plugin-sdk';
import type { Connection } from '../connections/connection.js';
import { PluginHttp, type PluginHttpParts } from './plugin-http.js';

/** The HTTP port of a connection's call, in the session of its system where it has one. */
export function portOf({ session }: Pick<Connection, 'session'>, parts: PluginHttpParts): HttpPort {
  const http = new PluginHttp(parts);
  if (session === undefined) return http;
  // Signing in changes nothing that a write would have to be reconciled for.
  const opening = new PluginHttp({
    ...parts,
    get dueMs() {
      return parts.dueMs;
    },
    onMayHaveHappened: () => undefined,
  });
  return session.over({ http, opening });
}

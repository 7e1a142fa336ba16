import type { FastifyRequest } from 'fastify';

/** Who calls, and for which workspace. Every query of users' data goes through `workspaceId`. */
export interface Caller {
  workspaceId: string;
  /** The name that stands in the audit log and on decisions. */
  subject: string;
  kind: 'admin' | 'session';
  tokenId: string;
}

/** A request that passed the access check. */
export type ApiRequest = FastifyRequest & { caller: Caller };

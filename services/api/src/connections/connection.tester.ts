import type { CallRequest, CallSettled } from '@tutti/contracts';

/** Tries a connection out where plugins run: in the connector host, which the composition binds to this. */
export interface ConnectionTester {
  test(connection: {
    workspaceId: string;
    name: string;
  }): Promise<{ ok: boolean; detail: string; durationMs: number }>;
  /** Has the connection say what it can do, and keeps that in the database. */
  discover(connection: { workspaceId: string; name: string }): Promise<{ ok: boolean; detail: string }>;
  /** Performs a call once; every failure of it is an outcome. */
  tryCall(request: CallRequest): Promise<CallSettled>;
}

/** Injection token of the tester; null where no connector host is at hand. */
export const CONNECTION_TESTER = Symbol('CONNECTION_TESTER');

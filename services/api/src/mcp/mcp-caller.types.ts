import type { Caller } from '../access/access.types.js';

/** Who asks, and from where. */
export interface McpCaller {
  caller: Caller;
  origin: string;
}

/** A request to a hook, as the API hands it on. JSON. */
export interface HookCall {
  triggerId: string;
  method: string;
  /** Names in lower case; several values of one are joined by commas. */
  headers: Record<string, string>;
  query: Record<string, string>;
  /** Path and query. */
  path: string;
  /** Base64. */
  body: string;
}

/** What the other system is answered. JSON. */
export type HookAnswer =
  /** Stored, or of no interest: 202 with how many events there were. */
  | { kind: 'taken'; events: number }
  /** What the plugin answers, such as to a challenge. */
  | { kind: 'answered'; status: number; contentType: 'text/plain' | 'application/json'; body: string }
  | { kind: 'refused'; because: HookRefusal; detail: string };

/** Why a request is not taken: its sender is not known, it is no event, or it is to be sent again later. */
export type HookRefusal = 'unauthorized' | 'invalid' | 'busy' | 'unavailable';

/** Reads requests to hooks, where the plugins are. */
export interface HookReader {
  read(call: HookCall): Promise<HookAnswer>;
}

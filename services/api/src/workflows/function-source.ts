/** Reads the definitions of functions that lie elsewhere. */
export interface FunctionSource {
  /** The text at an address of http or https, or why there is none; it ends when the signal comes. */
  read(
    address: string,
    bounds: { bytesMax: number; signal: AbortSignal },
  ): Promise<{ text: string } | { problem: string }>;
  close?(): Promise<void>;
}

/** Injection token of the source; null where nothing is fetched. */
export const FUNCTION_SOURCE = Symbol('FUNCTION_SOURCE');

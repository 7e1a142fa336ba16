/** Reads the definitions of functions that lie elsewhere. */
export interface FunctionSource {
  /** The text at an address of http or https, or why there is none. */
  read(address: string, bytesMax: number): Promise<{ text: string } | { problem: string }>;
  close?(): Promise<void>;
}

/** Injection token of the source; null where nothing is fetched. */
export const FUNCTION_SOURCE = Symbol('FUNCTION_SOURCE');

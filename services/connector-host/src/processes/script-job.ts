/** A script as a worker is given it. */
export interface ScriptJob {
  code: string;
  arguments: readonly string[];
  environment: Readonly<Record<string, string>>;
  stdin: string;
  limits: { memoryBytes: number; stackBytes: number; cpuMs: number; outputBytes: number };
}

/** The limit that ended a script. `crash`: it brought down its interpreter. */
export type ScriptEnd = 'cpu' | 'memory' | 'output' | 'crash';

/** What a script left behind. */
export interface ScriptResult {
  code: number;
  stdout: string;
  stderr: string;
  ended?: ScriptEnd;
  /** What was thrown and not caught; the place is in the script, from 1. */
  thrown?: { message: string; line?: number; column?: number };
}

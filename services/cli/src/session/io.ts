/** What the command line touches of its process; tests hand in their own. */
export interface Io {
  stdout(text: string): void;
  stderr(text: string): void;
  /** All of standard input, for `-`. */
  stdin(): Promise<string>;
  env: Record<string, string | undefined>;
  cwd: string;
  /** Width of the terminal; null when the output goes somewhere else, and nothing is cut then. */
  columns: number | null;
}

/** Exit codes: scripts tell a refusal from a hub that is down and from a run that went wrong. */
export const EXIT = { ok: 0, failed: 1, usage: 2, unreachable: 3, runFailed: 4 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** An error whose message says everything: shown without a stack. */
export class CliError extends Error {
  override name = 'CliError';

  constructor(
    message: string,
    readonly exitCode: ExitCode = EXIT.failed,
  ) {
    super(message);
  }
}

/** The process as it is. */
export function processIo(): Io {
  return {
    stdout: (text) => process.stdout.write(text),
    stderr: (text) => process.stderr.write(text),
    stdin: readStdin,
    env: process.env,
    cwd: process.cwd(),
    columns: process.stdout.isTTY ? process.stdout.columns : null,
  };
}

async function readStdin(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

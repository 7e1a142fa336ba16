import { type ChildProcess, spawn } from 'node:child_process';

/** A program with everything that it is given: the process sees nothing else of the hub. */
export interface ProgramSpec {
  file: string;
  arguments: readonly string[];
  environment: Readonly<Record<string, string>>;
}

const SHELL = '/bin/sh';
/**
 * Becomes the program, and leaves a watcher behind in its group. The watcher reads from a pipe that only the
 * hub holds: it comes to its end when the hub dies, however that happens, and then ends the group.
 */
const WATCHED = '(read -r _ <&3; kill -KILL 0) </dev/null >/dev/null 2>&1 & exec 3<&-; exec "$@"';

/** A process in a group of its own, so that it can be ended with everything that it started. */
export class ProcessGroup {
  readonly process: ChildProcess;

  /**
   * Throws for what no process can be given. `folder`: where it works; that of the hub unless it is given.
   */
  constructor({ file, arguments: given, environment }: ProgramSpec, folder?: string) {
    this.process = spawn(SHELL, ['-c', WATCHED, SHELL, file, ...given], {
      ...(folder !== undefined && { cwd: folder }),
      env: environment,
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    });
    // What it left running would hold its output open.
    this.process.once('exit', () => this.kill());
    // A process need not read what it is given.
    this.process.stdin?.on('error', () => undefined);
    this.process.stdio[3]?.on('error', () => undefined);
  }

  kill(): void {
    const { pid } = this.process;
    if (pid === undefined) return;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // Nobody is left in the group.
    }
  }
}

import { createServer } from 'node:net';
import { StartError } from '@tutti/store';

/** A port as the user chose it, with the flag that changes it. */
export interface WantedPort {
  port: number;
  what: string;
  /** How it is changed, such as `--api-port N`. */
  change: string;
}

/** Fails before anything is started when a port is taken, naming all that are. */
export async function checkPorts(host: string, wanted: readonly WantedPort[]): Promise<void> {
  const twice = wanted.find(
    (one, i) => one.port !== 0 && wanted.findIndex((other) => other.port === one.port) !== i,
  );
  if (twice)
    throw new StartError(
      `Port ${twice.port} is given twice. Choose another one for the ${twice.what} with ${twice.change}.`,
    );
  const taken: string[] = [];
  for (const one of wanted) {
    const problem = one.port === 0 ? null : await tryPort(host, one.port);
    if (problem)
      taken.push(
        `Port ${one.port} (${one.what}) ${problem}: stop what uses it, or choose another with ${one.change} (0: any free).`,
      );
  }
  if (taken.length > 0) throw new StartError(taken.join('\n'));
}

/** A free port for a process that has to be told one. */
export async function freePort(host: string): Promise<number> {
  const server = createServer();
  await new Promise<void>((done, fail) => server.once('error', fail).listen(0, host, done));
  const { port } = server.address() as { port: number };
  await new Promise((done) => server.close(done));
  return port;
}

function tryPort(host: string, port: number): Promise<string | null> {
  return new Promise((done) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) =>
      done(
        error.code === 'EADDRINUSE'
          ? 'is taken'
          : error.code === 'EACCES'
            ? 'needs more rights'
            : `cannot be opened (${error.message})`,
      ),
    );
    server.listen(port, host, () => server.close(() => done(null)));
  });
}

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installedPackages, onUnusedPort, startServer } from '@tutti/testing';

/** A LangGraph server in memory, with the graph of `server/graph.mjs`. */
export interface LangGraphServer {
  url: string;
  /** Where its packages are: the vendor's own client among them. */
  packages: string;
  stop(): Promise<void>;
}

/** Starts a server of its own; the first one on a machine installs it (20 s). */
export async function startLangGraph(): Promise<LangGraphServer> {
  const packages = await installedPackages('langgraph', join(import.meta.dirname, 'server'));
  const folder = mkdtempSync(join(tmpdir(), 'tutti-langgraph-'));
  const { server, url } = await onUnusedPort(async (port) => {
    const address = `http://127.0.0.1:${port}`;
    const started = await startServer({
      name: 'langgraph',
      command: process.execPath,
      args: [join(packages, 'serve.mjs'), String(port), folder],
      folder: packages,
      env: { LANGSMITH_TRACING: 'false', LANGCHAIN_TRACING_V2: 'false' },
      log: join(folder, 'log'),
      isReady: async () => (await fetch(`${address}/ok`)).ok,
    });
    return { server: started, url: address };
  });
  return {
    url,
    packages,
    async stop() {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

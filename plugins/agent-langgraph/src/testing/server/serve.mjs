import { startServer } from '@langchain/langgraph-api/server';

const [port, cwd] = process.argv.slice(2);
await startServer({
  port: Number(port),
  host: '127.0.0.1',
  nWorkers: 4,
  cwd,
  graphs: { agent: `${import.meta.dirname}/graph.mjs:graph` },
});

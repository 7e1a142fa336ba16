// A real MCP server over standard input and output, for the specs.
import { spawn } from 'node:child_process';
import { McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';

if (process.env.TEST_MCP_DIES) {
  console.error(`no licence for ${process.env.TEST_MCP_DIES}`);
  process.exit(3);
}
const { TEST_MCP_GREETING: greeting, TUTTI_SECRET: secret = 'nothing else' } = process.env;
const text = (value) => ({ content: [{ type: 'text', text: value }] });

console.log('This line is no message.');
serveStdio(() => {
  const server = new McpServer({ name: 'stdio', version: '1.0.0' });
  server.registerTool('env', {}, () => text(`${greeting} ${secret}`));
  // A child that outlives its server, were it not for their group.
  server.registerTool('child', {}, () => text(String(spawn('sleep', ['600'], { stdio: 'ignore' }).pid)));
  server.registerTool('hang', {}, () => new Promise(() => undefined));
  return server;
});

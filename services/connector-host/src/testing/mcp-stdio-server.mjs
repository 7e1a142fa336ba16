// A real MCP server over standard input and output, for the specs.
import { McpServer } from '@modelcontextprotocol/server';
import { StdioServerTransport } from '@modelcontextprotocol/server/stdio';

if (process.env.TEST_MCP_DIES) {
  console.error(`no licence for ${process.env.TEST_MCP_DIES}`);
  process.exit(3);
}
const server = new McpServer({ name: 'stdio', version: '1.0.0' });
server.registerTool('env', {}, () => ({
  content: [{ type: 'text', text: `${process.env.TEST_MCP_GREETING} ${process.env.TUTTI_SECRET ?? 'nothing else'}` }],
}));
await server.connect(new StdioServerTransport());

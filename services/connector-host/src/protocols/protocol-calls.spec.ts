import type { McpCall } from '@tutti/contracts';
import { TestMcpServer } from '../testing/mcp-server.js';
import { callRequest, output } from '../testing/requests.js';
import { TestHost } from '../testing/test-host.js';

describe('a call over another protocol', () => {
  let host: TestHost;
  let server: TestMcpServer;

  beforeAll(async () => {
    host = await TestHost.start();
    server = await TestMcpServer.start();
  });

  afterAll(async () => {
    await server.stop();
    await host.stop();
  });

  it('is performed by the host, which stores what is large', async () => {
    const input: McpCall = {
      method: 'tools/call',
      parameters: { name: 'large' },
      protocolVersion: '2025-06-18',
      uri: `${server.origin}/mcp`,
    };
    const request = callRequest({ target: { kind: 'mcp' }, input });
    const settled = await host.host.executor.execute(request);
    const ref = output(settled.outcome) as { $artifact: string };
    expect(settled).toMatchObject({ kind: 'call.settled', callId: request.callId, attempt: 1 });
    const [row] = (await host.database.query('SELECT content FROM artifacts WHERE id = $1', [
      ref.$artifact,
    ])) as { content: Buffer }[];
    expect(JSON.parse(String(row?.content))).toMatchObject({ content: [{ type: 'text' }] });
    expect(host.spans.map(({ name }) => name)).toContain('tools/call large');
  });
});

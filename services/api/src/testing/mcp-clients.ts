import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';

export const STATELESS = '2026-07-28';

/** What a client was asked, as the person in front of it sees it. */
interface Asked {
  message: string;
  requestedSchema: { properties: Record<string, unknown> };
}

/** Clients of the protocol's own SDK, with a token. */
export class McpClients {
  readonly asked: Asked[] = [];
  private readonly clients: Client[] = [];

  /** `answer`: what the person answers to every question; without one the client cannot ask. */
  async connect(
    revision: string,
    { answer, of }: { answer?: Record<string, unknown> | undefined; of: { url: string; token: string } },
  ): Promise<Client> {
    const versions =
      revision === STATELESS
        ? { versionNegotiation: { mode: { pin: revision } } }
        : { supportedProtocolVersions: [revision] };
    const capabilities = answer === undefined ? {} : { elicitation: { form: {} } };
    const client = new Client({ name: 'desk', version: '1' }, { ...versions, capabilities });
    if (answer !== undefined)
      client.setRequestHandler('elicitation/create', (request) => {
        this.asked.push(request.params as never);
        return answer as never;
      });
    const headers = { authorization: `Bearer ${of.token}` };
    await client.connect(
      new StreamableHTTPClientTransport(new URL(`${of.url}/mcp`), { requestInit: { headers } }),
    );
    this.clients.push(client);
    return client;
  }

  async close(): Promise<void> {
    await Promise.all(this.clients.splice(0).map((client) => client.close()));
  }
}

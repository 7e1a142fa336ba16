import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { uuidv7 } from '@tutti/contracts';
import { HttpEventSink } from './http-event-sink.js';

const event = () => ({
  event: { specversion: '1.0' as const, id: uuidv7(), source: '/test', type: 'test' },
  topic: null,
});

describe('an event sink that does not answer', () => {
  let server: Server;
  let connections = 0;

  beforeEach(async () => {
    connections = 0;
    server = createServer((socket) => {
      connections += 1;
      socket.destroy();
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  });
  afterEach(() => new Promise((done) => server.close(done)));

  it('is not asked again for the rest of the events, which are all tried later', async () => {
    const sink = new HttpEventSink({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
    const results = await sink.send(Array.from({ length: 50 }, event));
    expect(results).toHaveLength(50);
    for (const result of results) expect(result?.message).toMatch(/^The event sink did not answer/);
    expect(connections).toBeLessThan(20);
    await sink.close();
  });
});

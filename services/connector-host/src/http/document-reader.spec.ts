import { EventEmitter, once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { DocumentReader } from './document-reader.js';

const BOUNDS = { bytesMax: 1_000 };

describe('a reader of documents', () => {
  let server: Server;
  let origin: string;
  let reader: DocumentReader;
  const hosts: (string | undefined)[] = [];
  const reached = new EventEmitter();

  beforeAll(async () => {
    server = createServer((request, response) => {
      hosts.push(request.headers.host);
      const { url = '' } = request;
      if (url === '/moved') response.writeHead(302, { location: '/function.yaml' }).end();
      else if (url === '/circle') response.writeHead(302, { location: '/circle' }).end();
      else if (url === '/guarded')
        response.writeHead(302, { location: 'http://169.254.169.254/secret' }).end();
      else if (url === '/zipped')
        response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('set: { zipped: 1 }'));
      else if (url === '/large') response.end('x'.repeat(2_000));
      else if (url === '/endless') endless(response);
      else if (url === '/silent') reached.emit('silent');
      else if (url === '/bomb')
        response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('x'.repeat(20_000)));
      else if (url === '/function.yaml') response.end('set: { x: 1 }');
      else response.writeHead(404).end('no');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    reader = new DocumentReader({ egressMap: new Map([['https://catalog.example', origin]]) });
  });

  afterAll(async () => {
    await reader.close();
    await new Promise((resolve) => server.close(resolve));
  });

  test.each([
    ['/function.yaml', { text: 'set: { x: 1 }' }],
    ['/moved', { text: 'set: { x: 1 }' }],
    ['/zipped', { text: 'set: { zipped: 1 }' }],
    ['/large', { problem: expect.stringMatching(/^GET .*\/large: The reply is larger than 1000 bytes/) }],
    ['/endless', { problem: expect.stringContaining('The reply is larger than 1000 bytes') }],
    ['/bomb', { problem: expect.stringContaining('The reply is larger than 1000 bytes') }],
    ['/missing', { problem: expect.stringMatching(/^GET .*\/missing answered 404$/) }],
    ['/circle', { problem: expect.stringContaining('redirects more than 5 times') }],
    ['/guarded', { problem: expect.stringContaining('link-local') }],
  ])('%s', async (path, answer) => {
    expect(await reader.read(origin + path, BOUNDS)).toEqual(answer);
  });

  test('goes where the egress map says, under the name that was asked for', async () => {
    expect(await reader.read('https://catalog.example/function.yaml', BOUNDS)).toEqual({
      text: 'set: { x: 1 }',
    });
    expect(hosts.at(-1)).toBe('catalog.example');
  });

  test('says so when nobody answers', async () => {
    const read = await reader.read('http://127.0.0.1:1/x', BOUNDS);
    expect(read).toEqual({ problem: expect.stringMatching(/^GET http:\/\/127\.0\.0\.1:1\/x: /) });
  });

  test('stops when it is told to', async () => {
    const stop = new AbortController();
    const asked = once(reached, 'silent');
    const read = reader.read(`${origin}/silent`, { ...BOUNDS, signal: stop.signal });
    await asked;
    stop.abort();
    expect(await read).toEqual({ problem: expect.stringMatching(/^GET .*\/silent: The call was aborted/) });
  });
});

/** Writes until the other side hangs up. */
function endless(response: ServerResponse): void {
  const write = () => {
    while (!response.destroyed && response.write('x'.repeat(500)));
  };
  response.on('drain', write);
  write();
}

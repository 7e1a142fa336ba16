import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { ensureJars } from '../deploy/kafka-local/jars.mjs';
import { findJava, majorOf } from '../deploy/kafka-local/java.mjs';

const content = { a: 'the first jar', b: 'the second jar' };
const sha256 = (text) => createHash('sha256').update(text).digest('hex');
const jars = ['a', 'b'].map((artifact) => ({
  group: 'org.example',
  artifact,
  version: '1.0',
  sha256: sha256(content[artifact]),
}));

let cache;
let server;
let requests;
const base = () => `http://127.0.0.1:${server.address().port}/maven2/`;
const get = (options = {}) => ensureJars({ cache, jars, base: base(), ...options });

beforeEach(async () => {
  cache = mkdtempSync(join(tmpdir(), 'tutti-jars-'));
  requests = [];
  server = createServer(({ url }, response) => {
    requests.push(url);
    const text = content[/^\/maven2\/org\/example\/(.)\/1\.0\/\1-1\.0\.jar$/.exec(url)?.[1]];
    response.writeHead(text ? 200 : 404).end(text);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(() => {
  rmSync(cache, { recursive: true, force: true });
  server.close();
  server.closeAllConnections();
});

describe('the download of Kafka', () => {
  it('asks for each jar once, and for none the next time', async () => {
    const paths = await get();
    expect(paths.map((path) => basename(path))).toEqual(['a-1.0.jar', 'b-1.0.jar']);
    expect(readFileSync(paths[1], 'utf8')).toBe(content.b);
    expect(await get({ base: 'http://127.0.0.1:9' })).toEqual(paths);
    expect(requests).toHaveLength(2);
  });

  it('done twice at once leaves one complete folder', async () => {
    const [first, second] = await Promise.all([get(), get()]);
    expect(first).toEqual(second);
    expect(readdirSync(cache)).toHaveLength(1);
    expect(first.every((path) => existsSync(path))).toBe(true);
  });
});

describe('a download of Kafka that fails', () => {
  it('refuses a jar with another checksum, names it, and leaves nothing', async () => {
    const wrong = [jars[0], { ...jars[1], sha256: sha256('something else') }];
    const error = await get({ jars: wrong }).catch((reason) => reason);
    expect(error.message).toContain('b-1.0.jar does not match its checksum');
    expect(error.remedy).toContain('TUTTI_MAVEN_CENTRAL');
    expect(readdirSync(cache)).toEqual([]);
  });

  it('says which address cannot be reached, why, and what to do, and leaves nothing', async () => {
    const closed = createServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const nowhere = `http://127.0.0.1:${closed.address().port}`;
    closed.close();
    await once(closed, 'close');
    const error = await get({ base: nowhere }).catch((reason) => reason);
    expect(error.message).toContain(nowhere);
    expect(error.message).toContain('ECONNREFUSED');
    expect(error.remedy).toContain('Check the network');
    expect(readdirSync(cache)).toEqual([]);
  });

  it('says so when the mirror lacks a jar', async () => {
    const error = await get({ jars: [...jars, { ...jars[0], artifact: 'c' }] }).catch((reason) => reason);
    expect(error.message).toContain('c-1.0.jar (HTTP 404)');
    expect(readdirSync(cache)).toEqual([]);
  });

  it('begins anew after a download that was broken off', async () => {
    const cut = createServer((_, response) => {
      response.writeHead(200, { 'content-length': 1000 }).write('half');
      response.socket.end();
    }).listen(0, '127.0.0.1');
    await once(cut, 'listening');
    const error = await get({ base: `http://127.0.0.1:${cut.address().port}` }).catch((reason) => reason);
    cut.close();
    expect(error.message).toContain('Kafka cannot be downloaded');
    expect(readdirSync(cache)).toEqual([]);
    expect(await get()).toHaveLength(2);
  });

  it('names the folder that it may not write to', async () => {
    const file = join(cache, 'file');
    writeFileSync(file, '');
    await expect(get({ cache: join(file, 'below') })).rejects.toThrow(/ENOTDIR|read-only/);
  });
});

describe('the Java of Kafka', () => {
  it.each([
    ['openjdk version "17.0.15" 2025-04-15', 17],
    ['openjdk version "25" 2025-09-16', 25],
    ['java version "1.8.0_401"', 8],
    ['something else', 0],
  ])('reads %j as %i', (text, major) => {
    expect(majorOf(text)).toBe(major);
  });

  it('is not found where there is none', async () => {
    expect(await findJava([join(tmpdir(), 'no-such-java'), process.execPath])).toBeNull();
  });
});

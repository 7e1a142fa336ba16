import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { secretMark, type CallRequest, type HttpCall, type ProcessKind } from '@tutti/contracts';
import { SecretMarks } from '@tutti/store';
import { failed, httpRequest, output } from '../testing/requests.js';
import { json } from '../testing/http-stub.js';
import { TestHub } from '../testing/test-plugin.js';

const hub = TestHub.use();
const CANARY = 'canary-secret-9f2b';
let marks: SecretMarks;

beforeAll(async () => {
  marks = await SecretMarks.load(hub.host.database);
});

async function store(name: string, value: unknown, workspaceId = 'default') {
  const sealed = hub.host.host.secretBox.seal(
    { value: JSON.stringify(value) },
    { workspaceId, secret: name },
  );
  await hub.host.database.query(
    `INSERT INTO secrets (workspace_id, name, sealed, updated_by) VALUES ($1, $2, $3, 'test')
     ON CONFLICT (workspace_id, name) DO UPDATE SET sealed = excluded.sealed`,
    [workspaceId, name, sealed],
  );
}

/** A request whose marks are those of its own run. */
function request(
  names: string[],
  call: (mark: (reference: string) => string) => Partial<HttpCall>,
): CallRequest {
  const bare = httpRequest({ uri: `${hub.stub.origin}/` });
  const of = { workspaceId: 'default', runId: bare.runId };
  const mark = (reference: string) => secretMark(reference, marks.macOf({ ...of, reference }));
  const input = { ...(bare.input as HttpCall), ...call(mark) };
  return { ...bare, input, secrets: { names, runId: bare.runId } };
}

const perform = async (made: CallRequest) => (await hub.host.host.executor.execute(made)).outcome;

describe('secrets in calls', () => {
  it('are put in the place of their marks: address, query, headers and body', async () => {
    await store('plain', CANARY);
    await store('parts', { key: 'k/ 1&', deep: { no: 1 } });
    const made = request(['plain', 'parts'], (mark) => ({
      method: 'POST',
      uri: `${hub.stub.origin}/a/${mark('parts~key')}/b`,
      query: { q: mark('parts~key') },
      headers: { 'x-key': `Key ${mark('plain')}!` },
      body: { list: [mark('plain')], text: `${mark('plain')}${mark('parts~key')}` },
    }));
    expect(output(await perform(made))).toEqual({ ok: true });
    const { url, headers, body } = hub.stub.last;
    expect(url).toBe('/a/k%2F%201%26/b?q=k%2F+1%26');
    expect(headers['x-key']).toBe(`Key ${CANARY}!`);
    expect(JSON.parse(body)).toEqual({ list: [CANARY], text: `${CANARY}k/ 1&` });
  });

  it('may be the whole address', async () => {
    await store('hook', `${hub.stub.origin}/hooks/${CANARY}?a=1`);
    expect(output(await perform(request(['hook'], (mark) => ({ uri: mark('hook') }))))).toEqual({ ok: true });
    expect(hub.stub.last.url).toBe(`/hooks/${CANARY}?a=1`);
  });

  it('are never in outcome, artifact, log or span when the server echoes them', async () => {
    await store('plain', CANARY);
    hub.stub.behaviour = ({ headers, url }, response) =>
      json(response, url.includes('fail') ? 400 : 200, {
        echo: headers['x-key'],
        auth: headers.authorization,
      });
    for (const path of ['ok', 'fail']) {
      const made = request(['plain'], (mark) => ({
        uri: `${hub.stub.origin}/${path}/${mark('plain')}`,
        headers: { 'x-key': mark('plain') },
        authentication: { scheme: 'basic', username: 'ann', password: mark('plain') },
        output: 'response',
      }));
      const outcome = await perform(made);
      const spans = hub.host.spans.map((span) => hub.host.host.knownSecrets.redact(JSON.stringify(span)));
      const everything = JSON.stringify([outcome, hub.host.lines, spans]);
      expect(everything).toContain('[redacted]');
      expect(everything).not.toContain('canary-secret');
      expect(everything).not.toContain(Buffer.from(`ann:${CANARY}`).toString('base64'));
      expect(hub.stub.last.headers.authorization).toBe(
        `Basic ${Buffer.from(`ann:${CANARY}`).toString('base64')}`,
      );
    }
  });

  it('may be large, and stay out of other calls and their spans too', async () => {
    const large = Buffer.alloc(40_000, CANARY).toString('base64');
    await store('large', { bundle: large, region: 'http' });
    const made = request(['large'], (mark) => ({ method: 'POST', body: { bundle: mark('large~bundle') } }));
    expect(output(await perform(made))).toEqual({ ok: true });
    expect(JSON.parse(hub.stub.last.body)).toEqual({ bundle: large });
    expect(output(await perform(httpRequest({ uri: `${hub.stub.origin}/` })))).toEqual({ ok: true });
  });

  it('are never in an artifact that a large echo becomes', async () => {
    await store('plain', CANARY);
    hub.stub.behaviour = ({ headers }, response) =>
      json(response, 200, { pad: 'x'.repeat(1_100_000), echo: headers['x-key'] });
    const kept = output(
      await perform(request(['plain'], (mark) => ({ headers: { 'x-key': mark('plain') } }))),
    );
    expect(kept).toMatchObject({ $artifact: expect.any(String) });
    const rows = (await hub.host.database.query(`SELECT * FROM artifacts`)) as Record<string, unknown>[];
    const bytes = rows.flatMap((row) => Object.values(row).filter((value) => Buffer.isBuffer(value)));
    expect(bytes.length).toBeGreaterThan(0);
    expect(bytes.some((one) => (one as Buffer).includes('canary-secret'))).toBe(false);
  });

  it('a mark that this run did not make is a text; one of an undeclared secret is refused', async () => {
    await store('plain', CANARY);
    await store('other', 'other-canary');
    const foreign = httpRequest({ uri: '' });
    const mac = marks.macOf({ workspaceId: 'default', runId: foreign.runId, reference: 'plain' });
    const texts = [
      secretMark('plain', '0'.repeat(32)),
      secretMark('plain', mac),
      '~secret~plain~',
      '~secret~plain~xyz~',
    ];
    const made = request(['plain'], () => ({ method: 'POST', body: { texts } }));
    expect(output(await perform(made))).toEqual({ ok: true });
    expect(JSON.parse(hub.stub.last.body)).toEqual({ texts });
    const undeclared = request(['plain'], (mark) => ({ headers: { 'x-key': mark('other') } }));
    const before = hub.stub.seen.length;
    expect(failed(await perform(undeclared)).error).toMatchObject({ status: 403 });
    expect(hub.stub.seen).toHaveLength(before);
  });

  it.each<[ProcessKind, unknown]>([
    ['shell', { command: 'true', arguments: [], return: 'stdout', environment: 'key' }],
    ['container', { image: 'alpine', arguments: 'key' }],
    ['script', { language: 'javascript', code: '1', stdin: 'key' }],
  ])('are refused by name in a process (%s), which is not started', async (kind, given) => {
    await store('parts', { key: CANARY });
    const made = request(['parts'], (mark) =>
      JSON.parse(JSON.stringify(given).replace('"key"', JSON.stringify(`a ${mark('parts~key')}`))),
    );
    const { error, fate } = failed(await perform({ ...made, target: { kind } }));
    expect({ fate, type: error.type }).toEqual({
      fate: 'permanent',
      type: expect.stringMatching(/configuration$/),
    });
    expect(error.detail).toMatch(/takes no secret, and it was given "parts"/);
  });

  it('without declared secrets nothing is resolved at all', async () => {
    await store('plain', CANARY);
    const made = request([], (mark) => ({ headers: { 'x-key': mark('plain') } }));
    delete made.secrets;
    expect(output(await perform(made))).toEqual({ ok: true });
    expect(hub.stub.last.headers['x-key']).toContain('~secret~plain~');
  });

  it.each([
    ['is missing', ['gone'], 'gone', 403, 'has no secret "gone"'],
    ['is of another workspace', ['theirs'], 'theirs', 403, 'has no secret "theirs"'],
    ['has parts and is read whole', ['parts'], 'parts', 400, 'has parts'],
    ['has no such part', ['parts'], 'parts~nothing', 400, 'no text called "nothing"'],
  ])('a secret that %s fails the call with its name', async (...[, names, reference, status, detail]) => {
    await hub.host.database.query(
      `INSERT INTO workspaces (id, name) VALUES ('w2', 'w2') ON CONFLICT DO NOTHING`,
    );
    await store('theirs', CANARY, 'w2');
    await store('parts', { key: 'k' });
    const before = hub.stub.seen.length;
    const { error, fate } = failed(
      await perform(request(names, (mark) => ({ headers: { 'x-key': mark(reference) } }))),
    );
    expect({ fate, status: error.status }).toEqual({ fate: 'permanent', status });
    expect(error.detail).toContain(detail);
    expect(error.type).toMatch(status === 403 ? /authorization$/ : /configuration$/);
    expect(hub.stub.seen).toHaveLength(before);
  });

  it.each([
    [
      'basic',
      { username: 'ann', password: CANARY },
      `Basic ${Buffer.from(`ann:${CANARY}`).toString('base64')}`,
    ],
    ['bearer', { token: CANARY }, `Bearer ${CANARY}`],
    ['bearer', CANARY, `Bearer ${CANARY}`],
  ] as const)('%s credentials come out of a secret', async (scheme, value, header) => {
    const name = `${scheme}-${typeof value}`;
    await store(name, value);
    const made = request([name], () => ({ authentication: { scheme, use: name } }));
    expect(output(await perform(made))).toEqual({ ok: true });
    expect(hub.stub.last.headers.authorization).toBe(header);
  });

  it('credentials that a secret does not hold are an error that names what is needed', async () => {
    await store('half', { username: 'ann' });
    const made = request(['half'], () => ({ authentication: { scheme: 'basic', use: 'half' } }));
    expect(failed(await perform(made)).error.detail).toBe(
      'The secret "half" is no object with username and password, as basic needs.',
    );
  });

  it('do not follow a redirect to another origin', async () => {
    await store('plain', CANARY);
    const seen: (string | undefined)[] = [];
    const other = createServer((incoming, response) => {
      seen.push(incoming.headers.authorization);
      response.end('{}');
    });
    await new Promise<void>((ready) => other.listen(0, '127.0.0.1', ready));
    const to = `http://127.0.0.1:${(other.address() as AddressInfo).port}/`;
    hub.stub.behaviour = (_seen, response) => response.writeHead(302, { location: to }).end();
    const made = request(['plain'], (mark) => ({
      redirect: true,
      authentication: { scheme: 'bearer', token: mark('plain') },
    }));
    await perform(made);
    other.closeAllConnections();
    await new Promise((done) => other.close(done));
    expect(seen).toEqual([undefined]);
  });
});

import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { ApiHarness } from '../testing/api-harness.js';
import { applyWorkflow } from '../testing/fixtures.js';

describe('bad requests', () => {
  let api: ApiHarness;
  let runs: string;
  beforeAll(async () => {
    api = await ApiHarness.start();
    runs = `/v1/workflows/test/${await applyWorkflow(api)}/runs`;
  });
  afterAll(() => api.close());

  function expectProblem(
    answer: { status: number; headers: Headers; body: object },
    status: number,
    code: string,
  ): void {
    expect(answer.body).toMatchObject({ type: `https://tutti.dev/problems/${code}`, status });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(JSON.stringify(answer.body)).not.toMatch(/node_modules|\.ts:|at Object/);
  }

  it('refuses a body that is not JSON', async () => {
    const answer = await api.call('POST', runs, {
      raw: '{"amount": 1',
      headers: { 'content-type': 'application/json' },
    });
    expectProblem(answer, 400, 'malformed-body');
    expect(answer.body.instance).toBe(runs);
  });

  it('refuses an empty JSON body that announces itself', async () => {
    expectProblem(
      await api.call('POST', runs, { raw: '', headers: { 'content-type': 'application/json' } }),
      422,
      'invalid-input',
    );
  });

  it('refuses a body that would change the prototype of objects', async () => {
    const answer = await api.call('POST', runs, {
      raw: '{"amount": 1, "__proto__": {"admin": true}}',
      headers: { 'content-type': 'application/json' },
    });
    expectProblem(answer, 400, 'malformed-body');
    expect(answer.body.detail).toContain('__proto__');
  });

  it('refuses JSON that would not be kept as it was sent, or that nests without end', async () => {
    const json = { 'content-type': 'application/json' };
    for (const [raw, reason] of [
      ['['.repeat(100_000) + ']'.repeat(100_000), 'jsonDepthMax'],
      [`{"a":${'{"a":'.repeat(300)}1${'}'.repeat(300)}}`, 'jsonDepthMax'],
      ['{"amount": 1e999}', 'double'],
      [Buffer.from([0x22, 0xff, 0xfe, 0x22]), 'UTF-8'],
    ] as const) {
      const answer = await api.call('POST', runs, { raw, headers: json });
      expectProblem(answer, 400, 'malformed-body');
      expect(answer.body.detail).toContain(reason);
    }
    // Brackets in texts are no nesting, and a level under the limit is taken: what is refused is the schema.
    const deep = `{"text": "${'['.repeat(1000)}\\"", "list": ${'['.repeat(200)}${']'.repeat(200)}}`;
    expectProblem(await api.call('POST', runs, { raw: deep, headers: json }), 422, 'invalid-input');
  });

  it('refuses a body that is compressed, and says how to send it', async () => {
    const answer = await api.call('POST', runs, {
      raw: gzipSync('{"amount": 1}'),
      headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
    });
    expectProblem(answer, 415, 'unsupported-media-type');
    expect(answer.body.detail).toContain('gzip');
  });

  it('lets a caller who sends 50 MiB at once read why they are refused', async () => {
    const answer = await api.call('POST', runs, {
      raw: Buffer.alloc(50 * 1024 * 1024, ' '),
      headers: { 'content-type': 'application/json' },
    });
    expectProblem(answer, 413, 'payload-too-large');
  });

  it('refuses another content type and says which one to send', async () => {
    const answer = await api.call('POST', runs, {
      raw: 'amount=1',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expectProblem(answer, 415, 'unsupported-media-type');
    expect(answer.body.detail).toContain('application/json');
  });

  it('refuses a body of 50 MiB by its announced length, before it is sent', async () => {
    const answer = await new Promise<{ status: number; text: string }>((resolve, reject) => {
      const request = httpRequest(
        api.url + runs,
        {
          method: 'POST',
          headers: {
            authorization: `Bearer ${api.token}`,
            'content-type': 'application/json',
            'content-length': 50 * 1024 * 1024,
          },
        },
        (response) => {
          let text = '';
          response
            .on('data', (chunk: Buffer) => {
              text += chunk.toString();
            })
            .on('end', () => {
              resolve({ status: response.statusCode ?? 0, text });
              request.destroy();
            });
        },
      );
      request.on('error', reject);
      // Not a byte of the body is sent, and the answer comes all the same.
      request.flushHeaders();
    });
    expect(answer.status).toBe(413);
    expect(JSON.parse(answer.text)).toMatchObject({
      type: 'https://tutti.dev/problems/payload-too-large',
      status: 413,
    });
  });

  it('refuses a body of 50 MiB without a length as soon as it has counted more than the limit', async () => {
    const chunk = Buffer.alloc(64 * 1024, ' ');
    let sent = 0;
    const status = await new Promise<number>((resolve, reject) => {
      const request = httpRequest(
        api.url + runs,
        {
          method: 'POST',
          headers: { authorization: `Bearer ${api.token}`, 'content-type': 'application/json' },
        },
        (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
          request.destroy();
        },
      );
      request.on('error', reject);
      const more = () => {
        while (sent < 50 * 1024 * 1024 && !request.destroyed) {
          sent += chunk.length;
          if (!request.write(chunk)) {
            request.once('drain', more);
            return;
          }
        }
      };
      more();
    });
    expect(status).toBe(413);
    expect(sent).toBeLessThan(50 * 1024 * 1024);
  });

  it('does not take a byte of a body from a caller without a token', async () => {
    const answer = await api.call('POST', '/v1/artifacts', { token: null, raw: Buffer.alloc(1024 * 1024) });
    expectProblem(answer, 401, 'unauthorized');
  });

  it('refuses a missing, a malformed and an unknown token, and names the scheme', async () => {
    for (const headers of [
      {},
      { authorization: 'Basic YTpi' },
      { authorization: 'Bearer nobody-knows-this' },
      { authorization: `Bearer ${'x'.repeat(5000)}` },
    ]) {
      const answer = await api.call('GET', '/v1/runs', {
        token: null,
        headers: headers as Record<string, string>,
      });
      expectProblem(answer, 401, 'unauthorized');
      expect(answer.headers.get('www-authenticate')).toContain('Bearer realm="tutti"');
    }
  });

  it('tells an unknown path from a wrong method', async () => {
    expectProblem(await api.call('GET', '/v1/nothing-here'), 404, 'not-found');
    const answer = await api.call('DELETE', '/v1/runs');
    expectProblem(answer, 405, 'method-not-allowed');
    expect(answer.headers.get('allow')).toContain('GET');
  });

  it('answers 404 for ids that are none', async () => {
    expectProblem(await api.call('GET', '/v1/runs/not-a-uuid'), 404, 'not-found');
    expectProblem(await api.call('GET', '/v1/reviews/1%27%20OR%201=1'), 404, 'not-found');
    expectProblem(await api.call('GET', '/v1/artifacts/x/content'), 404, 'not-found');
  });

  it('refuses percent-encoding that cannot be decoded, and zero bytes', async () => {
    expectProblem(await api.call('GET', '/v1/workflows/test/%zz'), 400, 'invalid-request');
    expectProblem(await api.call('GET', '/v1/workflows/test/a%00b'), 400, 'invalid-request');
    expectProblem(await api.call('GET', '/v1/runs?q=a%00b'), 400, 'invalid-request');
  });

  it('answers a problem to what is not even HTTP', async () => {
    const { port } = new URL(api.url);
    const text = await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(port), '127.0.0.1', () => socket.write('NONSENSE\r\n\r\n'));
      let answer = '';
      socket
        .on('data', (chunk) => {
          answer += chunk.toString();
        })
        .on('end', () => resolve(answer))
        .on('error', reject);
    });
    expect(text).toContain('400 Bad Request');
    expect(text).toContain('application/problem+json');
  });

  it('names the parameter that is wrong in a query', async () => {
    const answer = await api.call('GET', '/v1/runs?limit=9999');
    expectProblem(answer, 400, 'invalid-request');
    expect(answer.body.errors).toMatchObject([{ pointer: '/limit' }]);
    expectProblem(await api.call('GET', '/v1/runs?status=asleep'), 400, 'invalid-request');
    expectProblem(await api.call('GET', '/v1/runs?from=yesterday'), 400, 'invalid-request');
    expectProblem(await api.call('GET', '/v1/runs?cursor=%24%24'), 400, 'invalid-request');
  });

  it('hides what went wrong inside behind an id', async () => {
    await api.query('ALTER TABLE plugins RENAME TO plugins_gone');
    const answer = await api.call('GET', '/v1/plugins');
    await api.query('ALTER TABLE plugins_gone RENAME TO plugins');
    expectProblem(answer, 500, 'internal');
    expect(answer.body.detail).toContain(String(answer.body.id));
    expect(JSON.stringify(answer.body)).not.toContain('relation');
  });
});

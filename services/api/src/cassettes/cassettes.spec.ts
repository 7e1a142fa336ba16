import { Cassette, type Problem, uuidv7 } from '@tutti/contracts';
import { ApiHarness } from '../testing/api-harness.js';
import { decidedRun } from '../testing/decided-run.js';

const WORKFLOW = (name: string) => `
document: { dsl: '1.0.3', namespace: test, name: ${name}, version: '1.0.0' }
do:
  - ask:
      call: http
      with:
        method: get
        endpoint: https://api.example.com/
        headers: { authorization: Bearer abc }
        query: { email: '\${ .email }' }
`;

describe('the cassette of a run', () => {
  let api: ApiHarness;
  let name: string;
  beforeAll(async () => {
    api = await ApiHarness.start();
    name = `w-${uuidv7().slice(24)}`;
    await api.call('PUT', '/v1/workflows', {
      raw: WORKFLOW(name),
      headers: { 'content-type': 'application/yaml' },
    });
  });
  afterAll(() => api.close());

  const answered = () =>
    decidedRun(api, {
      workflow: name,
      input: { email: 'ann@acme.org', plan: 'gold' },
      outcomes: [{ status: 'succeeded', output: { owner: 'ann@acme.org', name: 'Ann Ode' } }],
    });
  const cassetteOf = (run: string, more = '', token?: string) =>
    api.call<Cassette & Problem>(
      'GET',
      `/v1/runs/${run}/cassette${more}`,
      token === undefined ? {} : { token },
    );

  it('has what was asked and answered, without persons and secrets', async () => {
    const { status, body } = await cassetteOf(await answered(), '?redact=name,plan');
    expect(status).toBe(200);
    expect(Cassette.parse(body)).toMatchObject({
      kind: 'Cassette',
      workflow: { namespace: 'test', name, version: '1.0.0' },
      status: 'completed',
      input: { email: 'person-1@example.com', plan: 'plan-1' },
      calls: [
        {
          task: '/do/0/ask',
          kind: 'http',
          attempt: 1,
          input: { headers: { authorization: '[redacted]' }, query: { email: 'person-1@example.com' } },
          outcome: { status: 'succeeded', output: { owner: 'person-1@example.com', name: 'name-2' } },
        },
      ],
      redacted: { email: 1, secret: 1, named: 2 },
    });
    expect(JSON.stringify({ ...body, definition: null })).not.toMatch(/acme|Ann|gold|Bearer/);
  });

  it('is refused for a run that goes on, and one that is not there or of another workspace', async () => {
    const open = await decidedRun(api, { workflow: name, input: {} });
    expect(await cassetteOf(open)).toMatchObject({
      status: 409,
      body: { detail: 'The run has not ended yet (running): record it when it has, or cancel it.' },
    });
    expect((await cassetteOf(uuidv7())).status).toBe(404);
    expect((await cassetteOf(await answered(), '', await api.tokenOf('elsewhere'))).status).toBe(404);
  });
});

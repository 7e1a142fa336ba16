import { conformanceKit, describeShared, eventually, playScenario, type PlayedRun } from '@tutti/testing';
import { parse } from 'yaml';
import { endLeftDatabase, HubProcess, temporaryFolder } from './testing/hub-process.js';
import { InternetStub } from './testing/internet-stub.js';

interface Document {
  document: { namespace: string; name: string };
}
interface JournalItem {
  kind: string;
  name?: string;
}
interface Trace {
  spans: { name: string; attributes: Record<string, unknown> }[];
}

const WAIT_SECONDS = 20;
const ADD_PET = `
document: { dsl: '1.0.3', namespace: default, name: add-pet, version: '1.0.0' }
do:
  - add:
      call: openapi
      with:
        document: { endpoint: 'https://petstore.swagger.io/v2/swagger.json' }
        operationId: addPet
        parameters: { body: '\${ . }' }
`;
const RUN_PROCESSES = `
document: { dsl: '1.0.3', namespace: default, name: run-processes, version: '1.0.0' }
do:
  - count:
      run:
        script:
          language: javascript
          stdin: '\${ . }'
          arguments: [ '\${ .unit }' ]
          code: |
            import { readFileSync } from 'node:fs';
            const { words } = JSON.parse(readFileSync(0, 'utf8'));
            console.log(\`\${words.length} \${process.argv[2]}\`);
      export: { as: '\${ { counted: . } }' }
  - command:
      try: [ { list: { run: { shell: { command: ls } }, timeout: { after: PT1M } } } ]
      catch: { do: [ { tell: { set: { detail: '\${ $error.detail }' } } } ] }
      output: { as: '\${ $context + . }' }
`;

describeShared(['conformance', 'serverless-workflow'], 'the conformance kit through a hub', () => {
  const folder = temporaryFolder();
  const scenarios = conformanceKit();
  const runs: string[] = [];
  let internet: InternetStub;
  let hub: HubProcess;

  beforeAll(async () => {
    internet = await InternetStub.start();
    hub = await startHub();
  });

  afterAll(async () => {
    await hub?.end('SIGTERM');
    await endLeftDatabase(folder.path);
    internet?.stop();
    folder.remove();
  });

  function startHub(): Promise<HubProcess> {
    const environment = { TUTTI_EGRESS_MAP: internet.egressMap };
    return HubProcess.start(folder.path, ['--no-dashboard', '--no-examples'], environment);
  }

  async function get<T>(path: string): Promise<T> {
    const { status, body } = await hub.call('GET', path);
    expect({ path, status }).toEqual({ path, status: 200 });
    return body as unknown as T;
  }

  /** Applies the document as it is in the kit, starts a run, and looks at it when it has ended. */
  async function play(source: string, input: unknown): Promise<PlayedRun> {
    const applied = await hub.call('PUT', '/v1/workflows', { text: source });
    expect(applied).toMatchObject({ status: 200 });
    const { namespace, name } = (parse(source) as Document).document;
    const path = `/v1/workflows/${namespace}/${name}/runs`;
    const headers = { prefer: `wait=${WAIT_SECONDS}` };
    const started = await hub.call('POST', path, { body: input, headers });
    expect(started).toMatchObject({ status: 200 });
    const id = String(started.body?.id);
    runs.push(id);
    const run = await get<PlayedRun>(`/v1/runs/${id}`);
    const { items } = await get<{ items: JournalItem[] }>(`/v1/runs/${id}/journal?limit=200`);
    const ran = items.flatMap(({ kind, name: task }) => (kind === 'task.started' && task ? [task] : []));
    return { status: run.status, output: run.output, error: run.error ?? undefined, ran };
  }

  it('has its 21 scenarios', () => expect(scenarios).toHaveLength(21));

  it.each(scenarios.map((scenario) => [scenario.name, scenario] as const))('%s', async (_name, scenario) => {
    // A step that does not hold rejects.
    await expect(playScenario(scenario, play)).resolves.toBeUndefined();
  });

  it('asked the two hosts, and read the OpenAPI document once', () => {
    expect(internet.seen).toContain(
      'GET https://httpbin.org/basic-auth/serverless-workflow/conformance-test',
    );
    expect(internet.seen).toContain('GET https://petstore.swagger.io/v2/pet/findByStatus?status=available');
    expect(internet.seen.filter((url) => url.endsWith('/v2/swagger.json'))).toHaveLength(1);
  });

  it('runs a script in its sandbox, and no command that the operator did not allow', async () => {
    const checked = await hub.call('POST', '/v1/workflows/lint', { text: RUN_PROCESSES });
    const warned = expect.objectContaining({ code: 'switched-off', line: expect.any(Number) });
    expect(checked.body).toMatchObject({ findings: expect.arrayContaining([warned]) });
    const run = await play(RUN_PROCESSES, { words: ['a', 'b'], unit: 'words' });
    expect(run).toMatchObject({
      status: 'completed',
      output: { counted: '2 words\n', detail: expect.stringContaining('TUTTI_ALLOW_PROCESSES=true') },
    });
  });

  it('shows in traces where the requests really went', async () => {
    const addresses = await eventually(async () => {
      const traces = await Promise.all(runs.map((id) => hub.call('GET', `/v1/runs/${id}/trace`)));
      const spans = traces.flatMap(({ body }) => (body as Partial<Trace> | undefined)?.spans ?? []);
      const urls = spans.flatMap(({ attributes }) => attributes['url.full'] ?? []).map(String);
      return urls.length < internet.seen.length ? undefined : urls;
    }, 20_000);
    for (const address of addresses) expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\//);
  });

  it('goes on with an OpenAPI call under the same key when the hub is killed inside of it', async () => {
    expect(await hub.call('PUT', '/v1/workflows', { text: ADD_PET })).toMatchObject({ status: 200 });
    internet.hold = true;
    const started = await hub.call('POST', '/v1/workflows/default/add-pet/runs', { body: { name: 'Milou' } });
    await eventually(() => Promise.resolve(internet.keys.length > 0 || undefined), 20_000);
    await hub.end('SIGKILL');
    internet.hold = false;
    hub = await startHub();
    const run = await eventually(async () => {
      const found = await get<PlayedRun>(`/v1/runs/${String(started.body?.id)}`);
      return found.status === 'running' ? undefined : found;
    }, 40_000);
    expect(run).toMatchObject({ status: 'completed', output: { id: 1, name: 'Milou' } });
    expect(internet.keys.length).toBeGreaterThan(1);
    expect(new Set(internet.keys).size).toBe(1);
  });
});

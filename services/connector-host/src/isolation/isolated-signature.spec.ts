import { awsSignatureHeaders } from '@tutti/plugin-sdk/aws-signature';
import { json } from '../testing/http-stub.js';
import { IsolatedHub, PROCESS_TEST_MS } from '../testing/isolated-hub.js';
import { output } from '../testing/requests.js';

const SECRET = 'canary-secret-of-aws/+x';
const MODULE = `
import { definePlugin } from '@tutti/plugin-sdk';
import { z } from 'zod';
export default definePlugin({
  contract: 1,
  name: 'util-signed',
  kind: 'util',
  settings: z.object({ baseUrl: z.url(), secret: z.string().meta({ secret: true }) }),
  hostsFrom: ['baseUrl'],
  hosts: ({ baseUrl }) => [new URL(baseUrl).host],
  http: ({ baseUrl, secret }) => ({
    baseUrl,
    sign: { kind: 'aws-sig-v4', region: 'eu-central-1', service: 'things', accessKeyId: 'AK', secretAccessKey: secret },
  }),
  capabilities: {
    'util.put': {
      summary: 'Write by HTTP.',
      effect: 'write',
      input: z.object({}),
      output: z.object({ saw: z.string() }),
      async run({ http, settings }) {
        await http.put('/a b/c', { body: { x: 1 }, query: { q: 'é' } });
        return { saw: settings.secret };
      },
    },
  },
});
`;

const hub = IsolatedHub.use('util-signed', MODULE, { settings: { secret: SECRET } });

it(
  'signs the requests of a plugin that never sees the secret',
  async () => {
    hub.stub.behaviour = (_request, response) => json(response, 200, {});
    const { saw } = output(await hub.call('util.put')) as { saw: string };
    expect(saw).not.toContain('canary');
    const { url, headers, body } = hub.stub.last;
    const { pathname, searchParams } = new URL(url, hub.stub.origin);
    const at = String(headers['x-amz-date']).replace(
      /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/,
      '$1-$2-$3T$4:$5:$6Z',
    );
    const signed = awsSignatureHeaders(
      {
        kind: 'aws-sig-v4',
        region: 'eu-central-1',
        service: 'things',
        accessKeyId: 'AK',
        secretAccessKey: SECRET,
      },
      {
        method: 'PUT',
        host: hub.stub.host,
        path: pathname,
        query: searchParams,
        headers: { 'content-type': String(headers['content-type']) },
        body,
      },
      new Date(at),
    );
    expect(headers.authorization).toBe(signed['authorization']);
    expect(hub.host.lines.join('\n')).not.toContain(SECRET);
  },
  PROCESS_TEST_MS,
);

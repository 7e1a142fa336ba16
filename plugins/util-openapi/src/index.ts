import { definePlugin, type Discovery } from '@tutti/plugin-sdk';
import { plannedRequest } from '@tutti/plugin-sdk/openapi';
import { capabilityOf, type Detail } from './capability.js';
import { readDocument, refused, wantedOperations } from './document.js';
import { hostsOf, httpDefaults, Settings, signIn } from './settings.js';

const operations: Discovery<Settings> = {
  async find({ http, settings }) {
    const document = await readDocument({ http, settings });
    return wantedOperations(document, settings).flatMap(
      (operation) => capabilityOf(document, operation, settings) ?? [],
    );
  },
  async run({ http, input, settings, capability, idempotencyKey }) {
    const { plan, keyHeader } = capability.detail as Detail;
    const server = settings.baseUrl.replace(/\/+$/, '');
    const key = keyHeader === null ? {} : { [keyHeader]: idempotencyKey };
    const values = { ...(input as Record<string, unknown>), ...key };
    const { method, uri, headers, body } = await plannedRequest({ ...plan, server }, values).catch(
      (error: unknown) => {
        throw refused(error);
      },
    );
    const send = http[method.toLowerCase() as 'get' | 'post' | 'put' | 'patch' | 'delete'];
    return send(uri, { headers, ...(body !== undefined && { body }) });
  },
};

/** Operations of any API that has an OpenAPI document. */
export default definePlugin({
  contract: 1,
  name: 'util-openapi',
  kind: 'util',
  summary: 'Any API with an OpenAPI document: its operations become capabilities.',
  settings: Settings,
  hosts: hostsOf,
  http: httpDefaults,
  auth: signIn,
  discovery: operations,
  async health({ http, settings }) {
    const document = await readDocument({ http, settings });
    return `${wantedOperations(document, settings).length} operations in the document.`;
  },
  capabilities: {},
});

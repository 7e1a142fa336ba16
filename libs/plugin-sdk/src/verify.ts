import { Effect, FOUND_PREFIX, RateLimit } from '@tutti/contracts';
import { z } from 'zod';
import { describePlugin, secretSettings } from './describe.js';
import { HOST_PATTERN, reachesOut } from './hosts.js';
import { described as describe, isRecord, OPERATION_NAME, type PluginFinding } from './finding.js';
import { verifyTrigger, TriggerShape } from './verify-trigger.js';
import { contractMismatch } from './contract-range.js';
import { PLUGIN_KINDS, type Capability, type Plugin } from './plugin.js';

const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)+$/;
const SCHEMA_NAME = /^[a-z][a-z0-9_]{0,50}$/;
const CONCURRENCY_MAX = 1_024;

/**
 * The conformance check that every plugin's own tests run, and the host before it loads a plugin: manifest,
 * names, schemas, contract version. Takes anything, because the host cannot know what a module exports. An
 * empty list means that the plugin can be loaded.
 */
export function verifyPlugin(candidate: unknown): PluginFinding[] {
  if (!isRecord(candidate))
    return [
      { place: '', message: 'The default export is not a plugin: export definePlugin({...}) as default.' },
    ];
  const mismatch = contractMismatch(candidate['contract']);
  if (mismatch !== null) return [{ place: 'contract', message: mismatch }];
  const shape = verifyShape(candidate);
  if (shape.length > 0) return shape;
  const plugin = candidate as unknown as Plugin;
  return [
    ...verifyManifest(plugin),
    ...verifySettings(plugin),
    ...Object.entries(plugin.capabilities).flatMap(([name, capability]) =>
      verifyCapability(name, capability),
    ),
    ...Object.entries(plugin.triggers ?? {}).flatMap(([name, trigger]) =>
      verifyTrigger({ name, trigger, settings: plugin.settings }),
    ),
  ];
}

const CapabilityShape = z.object({
  summary: z.string().min(1),
  effect: Effect,
  input: z.instanceof(z.ZodType, { error: 'not a zod schema' }),
  output: z.instanceof(z.ZodType, { error: 'not a zod schema' }),
  run: z.function(),
  reconcile: z.function().optional(),
  resume: z.function().optional(),
  confidence: z.function().optional(),
  cost: z.function().optional(),
  concurrency: z.int().min(1).max(CONCURRENCY_MAX).optional(),
  rateLimit: RateLimit.optional(),
});
const PluginShape = z.object({
  name: z.string(),
  kind: z.enum(PLUGIN_KINDS),
  summary: z.string().optional(),
  version: z.string().optional(),
  settings: z.instanceof(z.ZodObject, { error: 'not a zod object' }),
  hosts: z
    .union([z.array(z.string()).min(1).max(100), z.function()], { error: 'neither a list nor a function' })
    .optional(),
  hostsFrom: z.array(z.string()).min(1).max(20).optional(),
  rateLimit: RateLimit.optional(),
  http: z.function().optional(),
  auth: z
    .object({
      flow: z.enum(['authorization_code', 'client_credentials']),
      authorizeUrl: z.function().optional(),
      tokenUrl: z.function(),
      clientId: z.function(),
      clientSecret: z.function().optional(),
      clientAuthentication: z.enum(['client_secret_basic', 'client_secret_post']).optional(),
      scopes: z.function().optional(),
      authorizeParameters: z.function().optional(),
      issuer: z.function().optional(),
    })
    .optional(),
  session: z.object({ open: z.function() }).optional(),
  health: z.function().optional(),
  database: z
    .object({ schema: z.string().regex(SCHEMA_NAME), migrations: z.array(z.string().min(1)) })
    .optional(),
  capabilities: z.record(z.string(), CapabilityShape),
  discovery: z.object({ find: z.function(), run: z.function() }).optional(),
  triggers: z.record(z.string(), TriggerShape).optional(),
});

function verifyShape(candidate: Record<string, unknown>): PluginFinding[] {
  const parsed = PluginShape.safeParse(candidate);
  return parsed.success
    ? []
    : parsed.error.issues.map((issue) => ({ place: issue.path.join('/'), message: issue.message }));
}

function verifyManifest(plugin: Plugin): PluginFinding[] {
  const findings: PluginFinding[] = [];
  if (!NAME.test(plugin.name) || !plugin.name.startsWith(`${plugin.kind}-`)) {
    findings.push({
      place: 'name',
      message: `"${plugin.name}" is not <kind>-<vendor> in lower case, such as "${plugin.kind}-acme".`,
    });
  }
  const declared = Object.keys({ ...plugin.capabilities, ...plugin.triggers });
  if (declared.length === 0 && plugin.discovery === undefined)
    findings.push({ place: 'capabilities', message: 'The plugin has no capability and no trigger.' });
  if (plugin.http !== undefined && !reachesOut(plugin)) {
    findings.push({
      place: 'hosts',
      message:
        "The plugin uses HTTP but declares no hosts: add hostsFrom: ['baseUrl'], or hosts: ['api.acme.com'].",
    });
  }
  return [...findings, ...verifyHosts(plugin), ...verifyAuth(plugin)];
}

function verifyHosts({ hosts, hostsFrom = [], settings }: Plugin): PluginFinding[] {
  const patterns = Array.isArray(hosts) ? (hosts as readonly string[]) : [];
  const strange = patterns.filter((pattern) => !HOST_PATTERN.test(pattern.toLowerCase()));
  const secrets = secretSettings({ settings });
  const wrong = hostsFrom.filter((name) => !Object.hasOwn(settings.shape, name) || secrets.includes(name));
  return [
    ...strange.map((pattern) => ({
      place: 'hosts',
      message: `"${pattern}" is no host: write name, name:port or *.name.tld.`,
    })),
    ...wrong.map((name) => ({
      place: 'hostsFrom',
      message: `"${name}" is no setting, or a secret one: name settings that hold an address.`,
    })),
  ];
}

function verifyAuth({ auth, http }: Plugin): PluginFinding[] {
  if (auth === undefined) return [];
  const findings: PluginFinding[] = [];
  if (http === undefined) {
    findings.push({
      place: 'auth',
      message: 'The token is sent to the base address: add http: ({ baseUrl }) => ({ baseUrl }).',
    });
  }
  if (auth.flow === 'authorization_code' && auth.authorizeUrl === undefined)
    findings.push({ place: 'auth/authorizeUrl', message: 'It is where a person signs in: add it.' });
  if (auth.flow === 'client_credentials' && auth.clientSecret === undefined)
    findings.push({ place: 'auth/clientSecret', message: 'The hub signs in with it: add it.' });
  return findings;
}

function verifySettings(plugin: Plugin): PluginFinding[] {
  const described = describe('settings', () =>
    describePlugin({ ...plugin, capabilities: {}, triggers: {} }).settings);
  if ('finding' in described) return [described.finding];
  const properties = isRecord(described.value['properties']) ? described.value['properties'] : {};
  const findings: PluginFinding[] = [];
  for (const [name, schema] of Object.entries(properties)) {
    const place = `settings/${name}`;
    if (isRecord(schema) && schema['secret'] === true) {
      if (schema['type'] !== 'string') findings.push({ place, message: 'A secret has to be text.' });
    } else if (JSON.stringify(schema).includes('"secret":true')) {
      findings.push({
        place,
        message: 'A secret has to stand at the top level of the settings, because it is sealed by name.',
      });
    }
  }
  return findings;
}

function verifyCapability(name: string, capability: Capability): PluginFinding[] {
  const place = `capabilities/${name}`;
  const findings: PluginFinding[] = [];
  if (!OPERATION_NAME.test(name))
    findings.push({
      place,
      message: `"${name}" is not <noun>.<verb> in lower case, such as "crm.contact.find".`,
    });
  if (name.startsWith(`${FOUND_PREFIX}.`))
    findings.push({ place, message: `Names with "${FOUND_PREFIX}." are those of what connections find.` });
  if (capability.reconcile !== undefined && capability.effect !== 'write') {
    findings.push({
      place: `${place}/reconcile`,
      message: `Only effect "write" is reconciled; effect "${capability.effect}" is simply repeated.`,
    });
  }
  for (const side of ['input', 'output'] as const) {
    const described = describe(`${place}/${side}`, () =>
      z.toJSONSchema(capability[side], { io: side }) as Record<string, unknown>);
    if ('finding' in described) findings.push(described.finding);
  }
  return findings;
}

import { z } from 'zod';
import { DeclaredHosts } from '../capability.js';
import { Instant, pageOf } from './common.api.js';
import { CapabilityItem } from './plugins.api.js';

const JsonObject = z.record(z.string(), z.unknown());

/**
 * What has become of an installed version: `waiting` for a connector host that reads its description,
 * `proposed` to somebody who may approve it, `failed` to be read, `active`, `inactive` but still there for
 * the workflow versions that were applied with it, `withdrawn` by a roll-back: nobody uses it any more.
 */
export const PLUGIN_STATES = ['waiting', 'proposed', 'failed', 'active', 'inactive', 'withdrawn'] as const;
export const PluginState = z.enum(PLUGIN_STATES);
export type PluginState = z.infer<typeof PluginState>;

/** Where a package came from, and what was found to vouch for it. */
export const PluginSource = z.object({
  kind: z.enum(['npm', 'upload']),
  /** For npm: what was asked for, such as `@acme/crm-acme@^2`, and the registry that answered. */
  spec: z.string().optional(),
  registry: z.string().optional(),
  /** Whether the registry's signature over name, version and integrity was there and right. */
  signed: z.boolean(),
  /** Whether a provenance attestation was there and right: which sources it was built from is on record. */
  provenance: z.boolean(),
});
export type PluginSource = z.infer<typeof PluginSource>;

/** What a plugin can do once it is active; shown before it is approved. */
export const PluginPermissions = z
  .object({
    /** Whether it calls other systems. */
    network: z.boolean(),
    /** Which ones; null with `network`: a person confirms the hosts of each connection. */
    hosts: DeclaredHosts.nullable(),
    /** Settings that are secrets. */
    secrets: z.array(z.string()),
    /** Whether it wants tables of its own. */
    database: z.boolean(),
    contract: z.int(),
  })
  .meta({ id: 'PluginPermissions' });
export type PluginPermissions = z.infer<typeof PluginPermissions>;

/**
 * One thing in which two versions differ; `breaking`: what worked with the first may fail with the second.
 */
export const PluginChange = z
  .object({
    what: z.enum(['permission', 'setting', 'capability', 'input', 'output', 'contract']),
    name: z.string(),
    detail: z.string(),
    breaking: z.boolean(),
  })
  .meta({ id: 'PluginChange' });
export type PluginChange = z.infer<typeof PluginChange>;

/** How a version fares in one connector host. */
export const PluginHost = z
  .object({
    instance: z.string(),
    state: z.enum(['loaded', 'failed', 'quarantined']),
    log: z.string().nullable(),
    at: Instant,
  })
  .meta({ id: 'PluginHost' });
export type PluginHost = z.infer<typeof PluginHost>;

/** A workflow version that was applied with a version of a plugin. */
export const PluginUser = z
  .object({
    workflow: z.string().describe('namespace/name'),
    version: z.string(),
    published: z.boolean().describe('new runs begin with it'),
    runs: z.int().describe('runs of it that have not ended'),
  })
  .meta({ id: 'PluginUser' });
export type PluginUser = z.infer<typeof PluginUser>;

export const PluginVersionItem = z
  .object({
    name: z.string(),
    version: z.string(),
    packageName: z.string(),
    state: PluginState,
    summary: z.string().nullable(),
    integrity: z.string().describe('sha512-<base64> over the bytes of the tarball'),
    bytes: z.int(),
    source: PluginSource,
    /** Why it could not be read; what it said meanwhile. */
    log: z.string().nullable(),
    /** For If-Match: it grows with every change. */
    revision: z.int(),
    requestedBy: z.string(),
    requestedAt: Instant,
    approvedBy: z.string().nullable(),
    activatedAt: Instant.nullable(),
    hosts: z.array(PluginHost),
  })
  .meta({ id: 'PluginVersionItem' });
export type PluginVersionItem = z.infer<typeof PluginVersionItem>;
export const PluginVersionPage = pageOf(PluginVersionItem).meta({ id: 'PluginVersionPage' });

export const PluginVersionDetail = PluginVersionItem.extend({
  /** Null until a connector host has read its description. */
  permissions: PluginPermissions.nullable(),
  settings: JsonObject.nullable(),
  capabilities: z.array(CapabilityItem).nullable(),
  /** Against the active version; null: there is none. */
  changes: z.array(PluginChange).nullable(),
  /** Workflow versions that were applied with this version. */
  users: z.array(PluginUser),
  /** Workflow versions that were applied with the active one, and stay with it unless they are moved. */
  touched: z.array(PluginUser),
}).meta({ id: 'PluginVersionDetail' });
export type PluginVersionDetail = z.infer<typeof PluginVersionDetail>;

export const PluginNpmRequest = z.object({
  spec: z
    .string()
    .min(1)
    .max(400)
    .describe('name of the package with a version, range or tag: @acme/crm-acme@^2'),
  integrity: z.string().max(200).optional().describe('sha512-<base64>: anything else is refused'),
});
export const PluginUploadQuery = z.object({ integrity: z.string().max(200).optional() });
export const PluginApproval = z.object({
  moveWorkflows: z
    .boolean()
    .default(false)
    .describe('workflow versions that are there already go on with this version, runs under way included'),
});
/** What the registry has of a package that came from it, beside what is installed. */
export const PluginUpdate = z
  .object({
    name: z.string(),
    packageName: z.string(),
    active: z.string().describe('the version that serves'),
    latest: z.string().nullable().describe('what the registry gives as the latest; null: see the error'),
    error: z.string().nullable(),
  })
  .meta({ id: 'PluginUpdate' });
export type PluginUpdate = z.infer<typeof PluginUpdate>;
export const PluginUpdates = z.object({ items: z.array(PluginUpdate) }).meta({ id: 'PluginUpdates' });

export const PluginRemoval = z.object({ force: z.stringbool().default(false) });

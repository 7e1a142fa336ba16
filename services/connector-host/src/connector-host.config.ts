import { z } from 'zod';
import type { VaultConfig } from './references/vault-client.js';
import type { EgressMap } from './http/egress-map.js';

/** What the connector host has to be told. The process that composes it reads the environment. */
export const ConnectorHostConfig = z.object({
  /** Folders whose subfolders are plugin packages, each of which runs in a process of its own. */
  pluginFolders: z.array(z.string()),
  /** The one of them that comes with the hub: its plugins are trusted and run in the hub's process. */
  ownPluginFolder: z.string().nullable().default(null),
  /**
   * The installation's key, 64 hex digits: secrets are sealed with it, plugin databases have passwords from
   * it.
   */
  masterKey: z
    .string()
    .regex(/^[0-9a-f]{64}$/i, 'must have 64 hex digits: make one with `openssl rand -hex 32`'),
  /** The key before it, until the rotation has ended. */
  previousKey: z.string().optional(),
  /** The id of a key that nobody has any more: secrets under it are given up. */
  lostKeyId: z.string().optional(),
  /** Variables of the environment that settings of connections may name; `*` at the end: anything. */
  secretEnvAllowed: z.array(z.string()).default([]),
  /** Where they are read. */
  environment: z.record(z.string(), z.string().optional()).default(() => process.env),
  /** Where settings may lie besides; null: there is no Vault. */
  vault: z
    .custom<VaultConfig>((value) => typeof value === 'object')
    .nullable()
    .default(null),
  /** Whether calls to loopback and private networks are refused. Link-local addresses are refused always. */
  blockPrivateAddresses: z.boolean().default(false),
  /** Origins that are reached at another origin, for tests and for networks with a way out of their own. */
  egressMap: z.custom<EgressMap>((value) => value instanceof Map).default(new Map()),
  /** The operator's leave to start processes on this machine: `run: shell`, `call: mcp` over stdio. */
  allowProcesses: z.boolean().default(false),
  /** The operator's leave to start containers on this machine: `run: container`. */
  allowContainers: z.boolean().default(false),
  /** Folder with the documents at `file:` addresses (proto files); null: there are none. */
  documentFolder: z.string().min(1).nullable().default(null),
  /** Where other systems reach the API, for the hooks that plugins register there; null: nowhere. */
  publicApiUrl: z.url().nullable().default(null),
  /** Variables by which a container engine is found: the PATH, and what its command reads. */
  engine: z.record(z.string(), z.string().optional()).default(() => process.env),
});
export type ConnectorHostConfig = z.output<typeof ConnectorHostConfig>;

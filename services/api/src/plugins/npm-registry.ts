import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PluginSource } from '@tutti/contracts';
import { PLUGIN_LIMITS } from '@tutti/store';
import type { ApiConfig } from '../config/api.config.js';
import { ProblemError } from '../problems/problem.error.js';

type RegistryConfig = Pick<
  ApiConfig,
  'pluginRegistry' | 'pluginRegistryToken' | 'pluginsRequireProvenance' | 'pluginFetchMs'
>;

/** What of npm's own library (pacote) is used; it has no types of its own. */
interface Pacote {
  manifest(spec: string, options: object): Promise<PackageManifest>;
  tarball: {
    stream<T>(spec: string, read: (stream: AsyncIterable<Buffer>) => Promise<T>, options: object): Promise<T>;
  };
}
interface PackageManifest {
  name: string;
  version: string;
  _integrity?: string;
  dist?: { signatures?: unknown[]; attestations?: unknown };
}
interface ParsedSpec {
  registry?: boolean;
  name?: string | null;
}
interface RegistryKey {
  key: string;
  keyid: string;
}

/** A package as the registry gave it, its integrity and whatever vouches for it checked. */
export interface FetchedPackage {
  tarball: Buffer;
  integrity: string;
  source: PluginSource;
}

/** The name of the package that a spec means; throws for anything that is not in a registry. */
export async function packageNameOf(spec: string): Promise<string> {
  const { default: parse } = (await import('npm-package-arg' as string)) as {
    default: (spec: string) => ParsedSpec;
  };
  let parsed: ParsedSpec = {};
  try {
    parsed = parse(spec);
  } catch {
    // Told below.
  }
  if (parsed.registry !== true || !parsed.name)
    throw new ProblemError(
      'invalid-request',
      `"${spec.slice(0, 100)}" does not name a package of a registry: write NAME, NAME@VERSION or NAME@RANGE. ` +
        'Install a folder or a file with "npx tutti plugin install PATH".',
    );
  return parsed.name;
}

/**
 * Fetches a package from the registry, with npm's own library: version by the rules of npm, integrity,
 * signature and provenance where they are there. Nothing of the package is run, and nothing stays on the
 * disk.
 */
export async function fetchPackage(spec: string, config: RegistryConfig): Promise<FetchedPackage> {
  const { default: pacote } = (await import('pacote' as string)) as { default: Pacote };
  const cache = await mkdtemp(join(tmpdir(), 'tutti-npm-'));
  try {
    const options = { ...optionsOf(config), cache };
    const picked = await pacote.manifest(spec, { ...options, fullMetadata: true });
    const exact = `${picked.name}@${picked.version}`;
    const keys = await registryKeys(config);
    // A registry that names no keys signs nothing that could be checked.
    const signed = keys !== null && (picked.dist?.signatures?.length ?? 0) > 0;
    const provenance = picked.dist?.attestations !== undefined;
    if (config.pluginsRequireProvenance && !provenance)
      throw new ProblemError(
        'forbidden',
        `${exact} has no provenance attestation, and the operator of this hub requires one ` +
          '(TUTTI_PLUGINS_REQUIRE_PROVENANCE). Choose a version that was published with "npm publish --provenance".',
      );
    const verified = { ...options, ...keys, verifySignatures: signed, verifyAttestations: provenance };
    const { _integrity: integrity } = await pacote.manifest(exact, verified);
    if (!integrity?.includes('sha512-'))
      throw new ProblemError('forbidden', `The registry gives no sha512 integrity for ${exact}.`);
    const tarball = await pacote.tarball.stream(exact, readTarball, { ...options, integrity });
    const registry = new URL(config.pluginRegistry).href;
    return { tarball, integrity, source: { kind: 'npm', spec, registry, signed, provenance } };
  } catch (error) {
    throw error instanceof ProblemError ? error : refusalOf(spec, config, error);
  } finally {
    await rm(cache, { recursive: true, force: true });
  }
}

/** The version that the registry gives as the latest of a package, whatever it is; nothing is fetched. */
export async function latestVersion(packageName: string, config: RegistryConfig): Promise<string> {
  const { default: pacote } = (await import('pacote' as string)) as { default: Pacote };
  const cache = await mkdtemp(join(tmpdir(), 'tutti-npm-'));
  try {
    return (await pacote.manifest(`${packageName}@latest`, { ...optionsOf(config), cache })).version;
  } catch (error) {
    throw refusalOf(packageName, config, error);
  } finally {
    await rm(cache, { recursive: true, force: true });
  }
}

function optionsOf({ pluginRegistry, pluginRegistryToken, pluginFetchMs }: RegistryConfig): object {
  return {
    registry: withSlash(pluginRegistry),
    ignoreScripts: true,
    timeout: pluginFetchMs,
    // One answer is enough to know; a person waits.
    retry: { retries: 1, minTimeout: 200, maxTimeout: 1_000 },
    ...(pluginRegistryToken === undefined
      ? {}
      : { [`${nerfDart(withSlash(pluginRegistry))}:_authToken`]: pluginRegistryToken }),
  };
}

/** How npm names a registry in its settings. */
function nerfDart(registry: string): string {
  const { host, pathname } = new URL(registry);
  return `//${host}${pathname}`;
}

/** The public keys with which the registry signs, as npm asks for them; null: it names none. */
async function registryKeys({ pluginRegistry, pluginFetchMs }: RegistryConfig): Promise<object | null> {
  const address = new URL('-/npm/v1/keys', withSlash(pluginRegistry));
  const response = await fetch(address, { signal: AbortSignal.timeout(pluginFetchMs) });
  if (response.status === 404) return null;
  if (!response.ok) throw new Error(`${address.href} answered ${response.status}`);
  const { keys } = (await response.json()) as { keys: RegistryKey[] };
  return {
    [`${nerfDart(withSlash(pluginRegistry))}:_keys`]: keys.map((key) => ({
      ...key,
      pemkey: `-----BEGIN PUBLIC KEY-----\n${key.key}\n-----END PUBLIC KEY-----`,
    })),
  };
}

function withSlash(address: string): string {
  return address.endsWith('/') ? address : `${address}/`;
}

async function readTarball(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.length;
    if (bytes > PLUGIN_LIMITS.tarballBytesMax)
      throw new ProblemError(
        'payload-too-large',
        `The tarball has more than ${PLUGIN_LIMITS.tarballBytesMax} bytes.`,
      );
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const REFUSED: Record<string, string> = {
  EINTEGRITY: 'what came is not what the registry said it would be',
  EINTEGRITYSIGNATURE: "the registry's signature is wrong",
  EMISSINGSIGNATUREKEY: 'it is signed with a key that the registry does not name',
  EEXPIREDSIGNATUREKEY: 'it is signed with a key that had expired',
  EATTESTATIONSUBJECT: 'its provenance attestation is about another package',
  EATTESTATIONVERIFY: 'its provenance attestation is not valid',
};

function refusalOf(spec: string, { pluginRegistry }: RegistryConfig, error: unknown): ProblemError {
  // Node wraps an error event whose error it does not know as one, such as that of another realm.
  const { context } = error as { context?: Error };
  const { code = '', message } = (context ?? error) as Error & { code?: string };
  if (code in REFUSED) return new ProblemError('forbidden', `${spec} is refused: ${REFUSED[code]}.`);
  if (code === 'E404' || code === 'ETARGET')
    return new ProblemError('not-found', `The registry ${pluginRegistry} has no ${spec}.`);
  return new ProblemError(
    'unavailable',
    `${spec} could not be fetched from ${pluginRegistry}: ${message}. Without a network install a bundle: ` +
      '"npx tutti plugin bundle" makes one.',
  );
}

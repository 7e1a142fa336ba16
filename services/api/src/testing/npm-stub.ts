import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { integrityOf } from '@tutti/store';

export interface Published {
  name: string;
  version: string;
  tarball: Buffer;
  /** Default: what is right for the tarball. */
  integrity?: string;
  /** Whether, and how, the registry signs it. */
  signed?: 'right' | 'wrong';
  /** An attestation that says nothing. */
  attested?: boolean;
}

/** A registry that speaks npm's protocol: documents of packages, tarballs, keys. */
export class NpmStub {
  readonly #server: Server;
  readonly #packages = new Map<string, Published[]>();
  readonly #keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  /** Paths that were asked for. */
  readonly asked: string[] = [];

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<NpmStub> {
    const server = createServer();
    const stub = new NpmStub(server);
    server.on('request', (request, response) => {
      const path = decodeURIComponent((request.url ?? '').split('?')[0] as string);
      stub.asked.push(path);
      const found = stub.#answer(path);
      response.writeHead(found === null ? 404 : 200, { 'content-type': 'application/json' });
      response.end(Buffer.isBuffer(found) ? found : JSON.stringify(found ?? { error: 'not found' }));
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    return stub;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  publish(published: Published): void {
    this.#packages.set(published.name, [...(this.#packages.get(published.name) ?? []), published]);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => {
      this.#server.close(resolve);
    });
  }

  #answer(path: string): object | Buffer | null {
    if (path === '/-/npm/v1/keys') return { keys: [{ keyid: 'SHA256:test', key: this.#publicKey() }] };
    if (path.startsWith('/-/npm/v1/attestations/')) return { attestations: [this.#attestation()] };
    const [name = '', file] = path.slice(1).split('/-/');
    const versions = this.#packages.get(name);
    if (versions === undefined) return null;
    if (file !== undefined)
      return versions.find(({ version }) => file.endsWith(`-${version}.tgz`))?.tarball ?? null;
    return {
      name,
      'dist-tags': { latest: versions.at(-1)?.version },
      versions: Object.fromEntries(versions.map((published) => [published.version, this.#about(published)])),
    };
  }

  #about(published: Published): object {
    const { name, version, tarball, signed, attested } = published;
    const integrity = published.integrity ?? integrityOf(tarball);
    const message = `${name}@${version}:${signed === 'wrong' ? 'sha512-other' : integrity}`;
    const sig = sign('sha256', Buffer.from(message), this.#keys.privateKey).toString('base64');
    return {
      name,
      version,
      dist: {
        tarball: `${this.url}${name}/-/${name.replace(/^@[^/]+\//, '')}-${version}.tgz`,
        integrity,
        shasum: createHash('sha1').update(tarball).digest('hex'),
        ...(signed === undefined ? {} : { signatures: [{ keyid: 'SHA256:test', sig }] }),
        ...(attested ? { attestations: { url: `${this.url}-/npm/v1/attestations/${name}@${version}` } } : {}),
      },
    };
  }

  #publicKey(): string {
    return this.#keys.publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
  }

  /** About a package that nobody asked for. */
  #attestation(): object {
    const statement = { subject: [{ name: 'pkg:npm/other@1.0.0', digest: { sha512: '00' } }] };
    const payload = Buffer.from(JSON.stringify(statement)).toString('base64');
    return {
      predicateType: 'https://slsa.dev/provenance/v1',
      bundle: {
        dsseEnvelope: { payload, signatures: [{ keyid: '', sig: '' }] },
        verificationMaterial: { tlogEntries: [{ integratedTime: '1' }] },
      },
    };
  }
}

import { lookup as systemLookup, type LookupAddress, type LookupOptions } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** An address that must not be called. */
export class AddressRefusedError extends Error {
  override readonly name = 'AddressRefusedError';
  readonly code = 'EADDRESSREFUSED';
}

/**
 * Link-local addresses: cloud providers answer there with the machine's credentials, so they are refused
 * always.
 */
const LINK_LOCAL = [
  ['169.254.0.0', 16, 'ipv4'],
  ['fe80::', 10, 'ipv6'],
  ['fd00:ec2::254', 128, 'ipv6'],
] as const;
const PRIVATE = [
  ['0.0.0.0', 8, 'ipv4'],
  ['10.0.0.0', 8, 'ipv4'],
  ['100.64.0.0', 10, 'ipv4'],
  ['127.0.0.0', 8, 'ipv4'],
  ['172.16.0.0', 12, 'ipv4'],
  ['192.168.0.0', 16, 'ipv4'],
  ['198.18.0.0', 15, 'ipv4'],
  ['::', 127, 'ipv6'],
  ['fc00::', 7, 'ipv6'],
] as const;

/**
 * Decides which addresses may be called. Names are checked after resolution, on the address that is then
 * connected to, so that a name cannot change its address between check and use.
 */
export class AddressGuard {
  readonly #blocked = new BlockList();
  readonly #privateBlocked: boolean;

  constructor(options: { blockPrivateAddresses: boolean }) {
    this.#privateBlocked = options.blockPrivateAddresses;
    for (const [address, prefix, family] of LINK_LOCAL) this.#blocked.addSubnet(address, prefix, family);
    if (!options.blockPrivateAddresses) return;
    for (const [address, prefix, family] of PRIVATE) this.#blocked.addSubnet(address, prefix, family);
  }

  /**
   * Throws when the host is an address that must not be called; names pass here and are checked when they are
   * resolved.
   */
  checkHost(hostname: string): void {
    const host = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
    const family = isIP(host);
    if (family !== 0) this.#check(host, family, host);
  }

  /** A `lookup` for sockets that gives no refused address. */
  readonly lookup: LookupFunction = (hostname, options, callback) => {
    const all: LookupOptions & { all: true } = { ...options, all: true };
    systemLookup(hostname, all, (error, addresses) => {
      const refused = error === null ? this.#firstRefusal(hostname, addresses) : null;
      const failure = error ?? refused;
      if (failure !== null) return callback(failure, '');
      if (options.all === true) return callback(null, addresses);
      const [first] = addresses;
      callback(null, first?.address ?? '', first?.family);
    });
  };

  #firstRefusal(hostname: string, addresses: readonly LookupAddress[]): AddressRefusedError | null {
    try {
      for (const { address, family } of addresses) this.#check(address, family, hostname);
      return null;
    } catch (error) {
      return error as AddressRefusedError;
    }
  }

  #check(address: string, family: number, host: string): void {
    if (!this.#blocked.check(address, family === 6 ? 'ipv6' : 'ipv4')) return;
    const which = host === address ? address : `${host} (${address})`;
    throw new AddressRefusedError(
      `Calls to ${which} are refused: ` +
        (this.#privateBlocked
          ? 'link-local and private addresses are blocked here by the operator (TUTTI_BLOCK_PRIVATE_ADDRESSES).'
          : 'it is a link-local address, where machines keep their credentials.'),
    );
  }
}

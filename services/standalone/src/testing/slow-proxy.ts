import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export interface SlowProxyOptions {
  /** Where to: a TCP port of this machine, or the path of a Unix socket. */
  to: number | string;
  /** Where it listens; any free port otherwise. */
  port?: number;
}

/** A bad network in front of a server: every piece of data comes late, and connections can be cut. */
export class SlowProxy {
  delayMs = 0;
  private readonly sockets = new Set<Socket>();
  private server: Server | null = null;

  private constructor(private readonly to: number | string) {}

  static async start({ to, port = 0 }: SlowProxyOptions): Promise<SlowProxy> {
    const proxy = new SlowProxy(to);
    const server = createServer((client) => proxy.join(client));
    await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
    proxy.server = server;
    return proxy;
  }

  get port(): number {
    if (this.server === null) throw new Error('The proxy was not started.');
    return (this.server.address() as AddressInfo).port;
  }

  /** Cuts all connections in the middle of whatever they carry. */
  cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  stop(): void {
    this.cut();
    this.server?.close();
  }

  private join(client: Socket): void {
    const upstream = typeof this.to === 'number' ? connect(this.to, '127.0.0.1') : connect(this.to);
    this.carry(client, upstream);
    this.carry(upstream, client);
  }

  /** In order: a timer of the same delay fires in the order in which it was set. */
  private carry(from: Socket, to: Socket): void {
    this.sockets.add(from);
    const { delayMs } = this;
    from.on('data', (data) =>
      setTimeout(() => to.writable && to.write(data), Math.max(delayMs, this.delayMs)),
    );
    from.on('error', () => to.destroy());
    from.on('close', () => {
      this.sockets.delete(from);
      setTimeout(() => to.destroy(), this.delayMs);
    });
  }
}

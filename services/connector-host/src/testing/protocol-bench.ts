import type { FinishedSpan } from '@tutti/telemetry';
import { PlainHttpCalls } from '../calls/plain-http-call.js';
import { WaitingRoom } from '../gates/gate.js';
import { AddressGuard } from '../http/address-guard.js';
import { OriginPools } from '../http/origin-pools.js';
import { LIMITS } from '../limits.js';
import { Processes } from '../processes/processes.js';
import { protocolCalls } from '../protocols/all-protocols.js';
import type { ProtocolCalls } from '../protocols/protocol-calls.js';

/** The calls of all protocols, with what they record and store. */
export class ProtocolBench {
  readonly spans: FinishedSpan[] = [];
  /** Parameters of the statements that stored something. */
  readonly stored: unknown[][] = [];
  readonly pools: OriginPools;
  readonly processes = new Processes(new WaitingRoom(LIMITS.waitingCallsMax));
  readonly calls: ProtocolCalls;

  constructor(
    options: {
      egress?: ReadonlyMap<string, string>;
      allowProcesses?: boolean;
      documentFolder?: string;
      blockPrivate?: boolean;
    } = {},
  ) {
    const {
      egress = new Map<string, string>(),
      allowProcesses = false,
      documentFolder = null,
      blockPrivate = false,
    } = options;
    const guard = new AddressGuard({ blockPrivateAddresses: blockPrivate });
    this.pools = new OriginPools(guard, egress);
    const query = (_sql: string, parameters: unknown[]) => {
      this.stored.push(parameters);
      return Promise.resolve([]);
    };
    const parts = {
      pools: this.pools,
      spans: { write: (span: FinishedSpan) => this.spans.push(span) },
      database: { query } as never,
    };
    this.calls = protocolCalls(
      { ...parts, guard, http: new PlainHttpCalls(parts), processes: this.processes },
      { allowProcesses, documentFolder },
    );
  }

  /** The span of the protocol, which is written last. */
  get span(): FinishedSpan {
    const found = this.spans.findLast(({ attributes }) => attributes['http.request.method'] === undefined);
    if (found === undefined) throw new Error('No span of a protocol was written.');
    return found;
  }

  async close(): Promise<void> {
    await Promise.all([this.pools.close(), this.processes.children.close()]);
  }
}

import type { PluginBench } from './plugin-bench.js';
import { CLASSIFIED_STATUSES, fails, tellsNot } from './failures.js';
import type { VendorServer } from './vendor-server.js';

/** A connector with the simulated system behind it. */
export interface VendorSubject {
  server: VendorServer;
  bench: PluginBench;
  /** What its settings hold and no error may tell. */
  secret: string;
  /** A call that reads, and makes one request. */
  read: { capability: string; input: unknown };
}

/** Something that holds for every connector. */
export interface VendorBehaviour {
  name: string;
  holds(subject: VendorSubject): Promise<void>;
}

const asked = ({ bench, read }: VendorSubject, signal?: AbortSignal) =>
  bench.call(read.capability, read.input, signal && { signal });

/** How failures of the other system are told: run each as a test of its own. */
export const VENDOR_FAILURES: readonly VendorBehaviour[] = [
  ...CLASSIFIED_STATUSES.filter(([status]) => status !== 404).map(([status, expected]) => ({
    name: `classifies ${status}, and tells no secret`,
    async holds(subject: VendorSubject) {
      const fault = { status, body: { message: 'not now' } };
      subject.server.failNext(fault);
      tellsNot(subject.secret, await fails(asked(subject), expected));
    },
  })),
  {
    name: 'takes a broken reply for the fault of the system',
    async holds(subject) {
      subject.server.failNext('malformed');
      await fails(asked(subject), { fate: 'permanent', reason: 'invalid-output' });
    },
  },
  {
    name: 'takes a reply of another form for the fault of the system',
    async holds(subject) {
      subject.server.failNext({ status: 200, body: ['nothing of the kind'] });
      await fails(asked(subject), { fate: 'permanent', reason: 'invalid-output' });
    },
  },
  {
    name: 'tries again later when the connection is cut',
    async holds(subject) {
      subject.server.failNext('cut');
      await fails(asked(subject), { fate: 'transient', reason: 'unavailable' });
    },
  },
  {
    name: 'stops when the call is cancelled',
    async holds(subject) {
      subject.server.failNext('silent');
      const controller = new AbortController();
      const call = asked(subject, controller.signal);
      controller.abort();
      await fails(call, { fate: 'transient' });
    },
  },
];

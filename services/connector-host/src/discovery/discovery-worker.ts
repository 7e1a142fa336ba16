import type { Bus } from '@tutti/bus';
import { workOffAsked } from '../asked-work.js';
import { LIMITS } from '../limits.js';
import type { Discoverer } from './discoverer.js';

/** Looks at connections that are new or changed, and at all of them now and then. Gives how to end it. */
export function workOffDiscoveries(
  bus: Pick<Bus, 'subscribe'>,
  discoverer: Pick<Discoverer, 'takeDue' | 'look'>,
): () => Promise<void> {
  return workOffAsked({
    bus,
    bell: 'connection',
    take: () => discoverer.takeDue(LIMITS.discoveriesAtOnceMax),
    perform: async (due) => void (await discoverer.look(due)),
    atOnceMax: LIMITS.discoveriesAtOnceMax,
    pollMs: LIMITS.discoveryPollMs,
    name: 'Discoveries',
    failed: 'Looks for capabilities of connections wait',
    works: 'Connections are looked at for capabilities again',
  });
}

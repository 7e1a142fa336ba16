import type { Bus } from '@tutti/bus';
import type { Counters } from '@tutti/store';
import type { DataSource } from 'typeorm';
import { ClaimStore, forgetClaimsSince } from '../claims/claim-store.js';
import { Claims } from '../claims/claims.js';
import type { Gates } from '../gates/gates.js';
import { LimitStore } from '../gates/limit-store.js';
import { LIVE_HOSTS } from '../live-hosts.sql.js';
import type { CallExecutor } from './call-executor.service.js';
import { CallIntake } from './call-intake.js';
import { SettledPublisher } from './settled-publisher.js';

/** Where the bus may give a call to several hosts, they tell one another by claims what they have begun. */
export async function makeIntake(parts: {
  host: {
    executor: CallExecutor;
    gates: Gates;
    clearContainers(living: () => Promise<ReadonlySet<string>>): void;
  };
  database: DataSource;
  bus: Bus;
  counters: Counters;
  instanceId: string;
}): Promise<CallIntake> {
  const { host, database, bus, counters, instanceId } = parts;
  const alone = bus.status().transport === 'in-process';
  if (alone) await forgetClaimsSince(database);
  else await host.gates.share(new LimitStore(database, instanceId));
  host.clearContainers(() => hostsAlive(database, { instanceId, alone }));
  const claims = alone ? null : new Claims({ store: new ClaimStore(database, instanceId), counters });
  const publisher = new SettledPublisher(bus);
  const intake = new CallIntake({ executor: host.executor, publisher, counters, claims });
  bus.onCallsReassigned(() => void intake.claimUnderWay());
  return intake;
}

/** Alone, every other host is one that was here before. */
async function hostsAlive(
  database: DataSource,
  { instanceId, alone }: { instanceId: string; alone: boolean },
): Promise<ReadonlySet<string>> {
  if (alone) return new Set([instanceId]);
  const rows = (await database.query(`SELECT id FROM ${LIVE_HOSTS}`)) as { id: string }[];
  return new Set([instanceId, ...rows.map(({ id }) => id)]);
}

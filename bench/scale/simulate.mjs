// How the runs of the hub spread over partitions and orchestrators, with the hub's own code: its ids, its
// shardOf, its way to hand out partitions.
import { shardOf, uuidv7 } from '../../libs/contracts/dist/index.js';
import { spread } from '../../libs/bus/dist/kafka/sticky.assigner.js';

const round = (value, digits = 3) => Number(value.toFixed(digits));

/** How many of `runs` real ids go to each partition. */
export function partitionLoads(runs, partitions) {
  const loads = new Array(partitions).fill(0);
  for (let i = 0; i < runs; i++) loads[shardOf(uuidv7(), partitions)]++;
  return loads;
}

/** The most and the least loaded against the mean: 1 is perfectly even. */
function imbalance(loads) {
  const mean = loads.reduce((sum, load) => sum + load, 0) / loads.length;
  return { most: round(Math.max(...loads) / mean), least: round(Math.min(...loads) / mean) };
}

const membersOf = (shares, count) =>
  Array.from({ length: count }, (_, i) => `orchestrator-${String(i).padStart(3, '0')}`).map((memberId) => ({
    memberId,
    held: shares.get(memberId) ?? [],
  }));

/** Who has what after the group has grown or shrunk to `count`. */
function regroup(shares, count, partitions) {
  return spread(membersOf(shares, count), partitions);
}

const ownersOf = (shares) =>
  new Map([...shares].flatMap(([member, own]) => own.map((partition) => [partition, member])));

/** The share of partitions whose owner changed, and the least that had to change. */
function moved(before, after, partitions) {
  const [old, now] = [ownersOf(before), ownersOf(after)];
  return round([...now].filter(([partition, owner]) => old.get(partition) !== owner).length / partitions);
}

/** Imbalance over partitions and over orchestrators, and what one joining or leaving moves. */
export function simulateShards({ runs, partitions, orchestrators }) {
  const loads = partitionLoads(runs, partitions);
  const shares = regroup(new Map(), orchestrators, partitions);
  const perOwner = [...shares.values()].map((own) =>
    own.reduce((sum, partition) => sum + loads[partition], 0),
  );
  const joined = regroup(shares, orchestrators + 1, partitions);
  const left = orchestrators > 1 ? regroup(joined, orchestrators, partitions) : joined;
  return {
    partitions,
    orchestrators,
    perPartition: imbalance(loads),
    perOrchestrator: imbalance(perOwner),
    movedWhenOneJoins: moved(shares, joined, partitions),
    movedWhenOneLeaves: moved(joined, left, partitions),
    leastThatMustMove: round(Math.floor(partitions / (orchestrators + 1)) / partitions),
  };
}

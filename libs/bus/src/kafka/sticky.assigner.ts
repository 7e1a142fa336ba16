import kafkajs, { type PartitionAssigner } from 'kafkajs';

const { MemberAssignment, MemberMetadata } = kafkajs.AssignerProtocol;
const VERSION = 1;
const NAME = 'TuttiSticky';

/** Partitions by topic. */
export type Assignment = Record<string, number[]>;

/**
 * Spreads the partitions evenly and leaves each where it is when it can: who joins or leaves moves as few
 * runs as possible. Each member says what it has; the leader of the group decides.
 */
export function stickyAssigner(held: () => Assignment): PartitionAssigner {
  return ({ cluster }) => ({
    name: NAME,
    version: VERSION,
    protocol: ({ topics }) => ({
      name: NAME,
      metadata: MemberMetadata.encode({
        version: VERSION,
        topics,
        userData: Buffer.from(JSON.stringify(held())),
      }),
    }),
    assign: ({ members, topics }) => {
      const claims = members.map(({ memberId, memberMetadata }) => ({
        memberId,
        held: readHeld(MemberMetadata.decode(memberMetadata)?.userData),
      }));
      const result = new Map(claims.map(({ memberId }) => [memberId, {} as Assignment]));
      for (const topic of topics) {
        const count = cluster.findTopicPartitionMetadata(topic).length;
        const shares = spread(
          claims.map(({ memberId, held }) => ({ memberId, held: held[topic] ?? [] })),
          count,
        );
        for (const [memberId, partitions] of shares) {
          const assignment = result.get(memberId);
          if (assignment) assignment[topic] = partitions;
        }
      }
      return Promise.resolve(
        [...result].map(([memberId, assignment]) => ({
          memberId,
          memberAssignment: MemberAssignment.encode({
            version: VERSION,
            assignment,
            userData: Buffer.alloc(0),
          }),
        })),
      );
    },
  });
}

/** Who gets which of `count` partitions: shares differ by one at most, and as few as possible move. */
export function spread(
  members: readonly { memberId: string; held: readonly number[] }[],
  count: number,
): Map<string, number[]> {
  const owners = new Map<number, string>();
  const kept = new Map<string, number[]>();
  for (const { memberId, held } of members) {
    const own = held.filter((partition) => partition < count && !owners.has(partition));
    for (const partition of own) owners.set(partition, memberId);
    kept.set(memberId, own);
  }
  // Whoever has most keeps most: the larger shares go to those who need not give up anything for them.
  const order = [...kept].sort(([a, x], [b, y]) => y.length - x.length || (a < b ? -1 : 1));
  const base = Math.floor(count / order.length);
  const larger = count % order.length;
  const free = Array.from({ length: count }, (_, partition) => partition).filter((p) => !owners.has(p));
  const shares = order.map(([memberId, own], index) => {
    const size = base + (index < larger ? 1 : 0);
    free.push(...own.slice(size));
    return { memberId, size, partitions: own.slice(0, size) };
  });
  free.sort((a, b) => a - b);
  for (const { partitions, size } of shares)
    partitions.push(...free.splice(0, Math.max(0, size - partitions.length)));
  return new Map(shares.map(({ memberId, partitions }) => [memberId, partitions.sort((a, b) => a - b)]));
}

/** Another version of the hub may say it otherwise: then it holds nothing. */
function readHeld(userData: Buffer | undefined): Assignment {
  try {
    const held = JSON.parse(userData?.toString() ?? '{}') as Assignment;
    return Object.values(held).every((p) => Array.isArray(p) && p.every(Number.isInteger)) ? held : {};
  } catch {
    return {};
  }
}

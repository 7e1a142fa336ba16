import { createHash } from 'node:crypto';
import type { CandidateVerdict } from '@tutti/contracts';
import { DEFAULT_RETRY } from './compile.js';
import type {
  Choice,
  ChoiceRequest,
  ChosenCandidate,
  CompiledCandidate,
  CompiledPolicy,
  ConnectionCapability,
  ConnectionInfo,
} from './policy.types.js';

interface Offer {
  candidate: CompiledCandidate;
  connection: ConnectionInfo | undefined;
  capability: ConnectionCapability | undefined;
}

/**
 * Chooses the next candidate of a call and says of every one why. Pure: the same request gives the same
 * choice, `weighted` too, whose order comes from a hash of the call's name. What failed before decides
 * whether there is a next one at all: a failure that is not in `fallbackOn` ends the search.
 */
export function chooseCandidate(policy: CompiledPolicy, request: ChoiceRequest): Choice {
  const verdicts: CandidateVerdict[] = request.tried.map(({ connection, reason, because }) => ({
    connection,
    verdict: 'failed',
    reason,
    ...(because !== undefined && { because }),
  }));
  const last = request.tried.at(-1);
  if (last !== undefined && !policy.fallbackOn.has(last.reason) && !belowFloor(policy, last.reason)) {
    return { kind: 'exhausted', then: 'fail', verdicts };
  }
  const tried = new Set(request.tried.map(({ connection }) => connection));
  for (const offer of inOrder(policy, request)) {
    if (tried.has(offer.candidate.connection)) continue;
    const obstacle = obstacleOf(offer, policy, request);
    if (obstacle === undefined) return chosen(offer, verdicts);
    verdicts.push({ connection: offer.candidate.connection, verdict: 'skipped', because: obstacle });
  }
  return { kind: 'exhausted', then: policy.exhausted, verdicts };
}

/**
 * `confidence.below: next` is itself the permission to go on; the reason need not be repeated in
 * `fallbackOn`.
 */
function belowFloor(policy: CompiledPolicy, reason: string): boolean {
  return reason === 'low-confidence' && policy.confidence !== undefined;
}

function chosen(offer: Offer, verdicts: CandidateVerdict[]): Choice {
  const { candidate, connection, capability } = offer as Required<Offer>;
  verdicts.push({ connection: candidate.connection, verdict: 'chosen' });
  const found: ChosenCandidate = {
    connection: connection as ConnectionInfo,
    capability: capability as ConnectionCapability,
    retry: candidate.retry,
    ...(candidate.timeoutMs !== undefined && { timeoutMs: candidate.timeoutMs }),
  };
  return { kind: 'candidate', candidate: found, verdicts };
}

function obstacleOf(offer: Offer, policy: CompiledPolicy, request: ChoiceRequest): string | undefined {
  const { candidate, connection, capability } = offer;
  if (connection === undefined) return `there is no enabled connection "${candidate.connection}"`;
  if (capability === undefined) return `the connection does not offer ${policy.capability}`;
  if (candidate.when === undefined) return undefined;
  const { holds, error } = candidate.when.holds(request);
  if (holds) return undefined;
  const condition = `the condition ${candidate.when.source}`;
  return error === undefined ? `${condition} does not hold` : `${condition} failed: ${error}`;
}

function inOrder(policy: CompiledPolicy, request: ChoiceRequest): Offer[] {
  const offers = offersOf(policy, request.connections);
  switch (policy.objective) {
    case 'ordered':
      return offers;
    case 'cheapest':
      return byNumber(offers, ({ capability }) => capability?.costMicros);
    case 'fastest':
      return byNumber(offers, ({ capability }) => capability?.latencyMs);
    case 'weighted':
      return byNumber(offers, ({ candidate }) => weightedRank(request.seed, candidate));
  }
}

function offersOf(policy: CompiledPolicy, connections: readonly ConnectionInfo[]): Offer[] {
  if (policy.candidates === undefined) return allOffers(policy.capability, connections);
  return policy.candidates.map((candidate) => {
    const connection = connections.find(({ name }) => name === candidate.connection);
    return { candidate, connection, capability: capabilityOf(connection, policy.capability) };
  });
}

function allOffers(name: string, connections: readonly ConnectionInfo[]): Offer[] {
  return connections
    .map((connection) => ({
      candidate: { connection: connection.name, weight: 1, retry: DEFAULT_RETRY },
      connection,
      capability: capabilityOf(connection, name),
    }))
    .filter(({ capability }) => capability !== undefined)
    .sort((a, b) => (a.connection.name < b.connection.name ? -1 : 1));
}

function capabilityOf(
  connection: ConnectionInfo | undefined,
  name: string,
): ConnectionCapability | undefined {
  if (connection === undefined || !Object.hasOwn(connection.capabilities, name)) return undefined;
  return connection.capabilities[name];
}

/** Smallest first; what is not known comes last, in the order of the policy (the sort is stable). */
function byNumber(offers: Offer[], value: (offer: Offer) => number | undefined): Offer[] {
  const ranked = offers.map((offer) => ({ offer, rank: value(offer) ?? Infinity }));
  return ranked.sort((a, b) => (a.rank === b.rank ? 0 : a.rank - b.rank)).map(({ offer }) => offer);
}

/**
 * Efraimidis and Spirakis, "Weighted random sampling with a reservoir" (2006): the item with the smallest
 * -ln(u) / weight is drawn with a chance in proportion to its weight. `u` is a hash, so that the same call
 * draws the same order again.
 */
function weightedRank(seed: string, { connection, weight }: CompiledCandidate): number {
  const bits = createHash('sha256').update(`${seed}\n${connection}`).digest().readUInt32BE(0);
  return -Math.log((bits + 1) / 2 ** 32) / weight;
}

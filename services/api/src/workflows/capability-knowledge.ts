import type { Effect } from '@tutti/contracts';
import type { CapabilityFacts, CapabilityKnowledge } from '@tutti/workflow';
import { type Queryable, rowsOf } from '../database/rows.js';

interface OfferRow {
  name: string;
  effect: Effect;
  plugin: string;
  /** Enabled connections of the plugin. */
  connections: number;
}

interface PolicyRow {
  capability: string;
  candidates: { timeout?: unknown }[];
  timeout: unknown;
  exhausted: string | null;
}

const HARM: Record<Effect, number> = { read: 0, 'idempotent-write': 1, write: 2 };

/** What lint is told of the capabilities of a workspace: who offers them, and what their policies do. */
export async function capabilityKnowledge(
  database: Queryable,
  workspaceId: string,
): Promise<CapabilityKnowledge> {
  const [offers, policies] = await Promise.all([
    offersOf(database, workspaceId),
    policiesOf(database, workspaceId),
  ]);
  const policyOf = new Map(policies.map((policy) => [policy.capability, policy]));
  const facts = new Map<string, CapabilityFacts>();
  for (const name of new Set(offers.map((offer) => offer.name))) {
    facts.set(
      name,
      factsOf(
        offers.filter((offer) => offer.name === name),
        policyOf.get(name),
      ),
    );
  }
  return facts;
}

function factsOf(offers: readonly OfferRow[], policy: PolicyRow | undefined): CapabilityFacts {
  const connected = offers.filter(({ connections }) => connections > 0);
  const effect = (connected.length > 0 ? connected : offers)
    .map((offer) => offer.effect)
    .reduce((worst, next) => (HARM[next] > HARM[worst] ? next : worst));
  const others = connected.reduce((sum, { connections }) => sum + connections, 0) > 1;
  return {
    connected: connected.length > 0,
    plugins: offers.map(({ plugin }) => plugin),
    effect,
    timed:
      policy !== undefined &&
      (policy.timeout !== null || policy.candidates.every(({ timeout }) => timeout !== undefined)),
    // Without a policy all connections of the capability are tried in turn.
    fallback: policy === undefined ? others : policy.candidates.length > 1 || policy.exhausted === 'review',
  };
}

function offersOf(database: Queryable, workspaceId: string): Promise<OfferRow[]> {
  return rowsOf<OfferRow>(
    database,
    `
    SELECT c ->> 'name' AS name, c ->> 'effect' AS effect, p.name AS plugin,
      (SELECT count(*)::int FROM connections k WHERE k.workspace_id = $1 AND k.enabled AND k.plugin = p.name) AS connections
      FROM plugins p, json_array_elements(p.description::json -> 'capabilities') c
     WHERE p.state = 'loaded'
     ORDER BY p.name`,
    [workspaceId],
  );
}

function policiesOf(database: Queryable, workspaceId: string): Promise<PolicyRow[]> {
  return rowsOf<PolicyRow>(
    database,
    `
    SELECT capability, definition::json -> 'spec' -> 'candidates' AS candidates,
      definition::json -> 'spec' -> 'timeout' AS timeout, definition::json -> 'spec' ->> 'exhausted' AS exhausted
      FROM routing_policies WHERE workspace_id = $1 AND active`,
    [workspaceId],
  );
}

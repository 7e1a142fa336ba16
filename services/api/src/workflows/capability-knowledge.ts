import type { Effect } from '@tutti/contracts';
import { INSTANCE_ALIVE } from '@tutti/store';
import type { CapabilityFacts, CapabilityKnowledge, StoppedPlugin } from '@tutti/workflow';
import { type Queryable, rowsOf } from '../database/rows.js';

interface OfferRow {
  name: string;
  effect: Effect;
  plugin: string;
  version: string;
  /** Of the plugin, or `proposed`, or `unloadable`: no connector host that lives can load it. */
  state: 'loaded' | 'failed' | 'inactive' | 'quarantined' | 'proposed' | 'unloadable';
  why: string | null;
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
  const working = offers.filter(({ state }) => state === 'loaded');
  // A version that serves nothing new is no news while another one of its plugin works.
  const stopped = offers.filter(
    ({ state, plugin }) => state !== 'loaded' && !working.some((other) => other.plugin === plugin),
  );
  const connected = offers.filter(({ state, connections }) => STAYS.has(state) && connections > 0);
  const effect = (connected.length > 0 ? connected : offers)
    .map((offer) => offer.effect)
    .reduce((worst, next) => (HARM[next] > HARM[worst] ? next : worst));
  const others = connected.reduce((sum, { connections }) => sum + connections, 0) > 1;
  return {
    connected: connected.length > 0,
    plugins: working.map(({ plugin }) => plugin),
    ...(stopped.length === 0 ? {} : { stopped: stopped.map(stoppedPlugin) }),
    effect,
    timed:
      policy !== undefined &&
      (policy.timeout !== null || policy.candidates.every(({ timeout }) => timeout !== undefined)),
    // Without a policy all connections of the capability are tried in turn.
    fallback: policy === undefined ? others : policy.candidates.length > 1 || policy.exhausted === 'review',
  };
}

/** States in which calls are routed to the plugin. */
const STAYS: ReadonlySet<OfferRow['state']> = new Set(['loaded', 'unloadable']);

function stoppedPlugin({ plugin: name, version, state, why }: OfferRow): StoppedPlugin {
  return { name, version, ...reasonOf(`${name} ${version}`, { name, version, state, why }) };
}

function reasonOf(
  of: string,
  { name, version, state, why }: Pick<OfferRow, 'version' | 'state' | 'why'> & { name: string },
): Pick<StoppedPlugin, 'why' | 'fix'> {
  const reason = why === null ? '' : `: ${why.slice(0, REASON_LENGTH_MAX)}`;
  const approve = `npx tutti plugin approve ${name} ${version}`;
  switch (state) {
    case 'quarantined':
      return {
        why: `${of} is in quarantine${reason}`,
        fix: `Mend the cause, then: npx tutti plugins release ${name}`,
      };
    case 'proposed':
      return { why: `${of} waits for approval`, fix: approve };
    case 'inactive':
      return { why: `${of} serves nothing new, and no other version is active`, fix: approve };
    case 'unloadable':
      return {
        why: `no connector host can load ${of}${reason}`,
        fix: `See its log: npx tutti plugin show ${name} ${version}`,
      };
    case 'failed':
    case 'loaded':
      return { why: `${of} is not loaded${reason}`, fix: 'See its log: npx tutti plugins' };
  }
}

/** The plugins that calls of these capabilities need and that do not work. */
export function stoppedPlugins(
  capabilities: readonly string[],
  knowledge: CapabilityKnowledge,
): StoppedPlugin[] {
  const stopped = capabilities.flatMap((name) => {
    const facts = knowledge.get(name);
    return facts?.plugins.length === 0 ? (facts.stopped?.slice(0, 1) ?? []) : [];
  });
  return [...new Map(stopped.map((one) => [one.name, one])).values()];
}

/** What plugins that are there or were proposed offer: what works first, then the newest. */
function offersOf(database: Queryable, workspaceId: string): Promise<OfferRow[]> {
  return rowsOf<OfferRow>(
    database,
    `
    SELECT c.name, c.effect, p.name AS plugin, p.version, p.state, p.why, c.connections
      FROM (
        SELECT name, version, description, registered_at AS at, CASE WHEN state = 'loaded' AND failing.log IS NOT NULL
            THEN 'unloadable' ELSE state END AS state, coalesce(error, failing.log) AS why
          FROM plugins LEFT JOIN LATERAL (${FAILING}) failing ON true
        UNION ALL
        SELECT name, version, description, requested_at, state, NULL
          FROM plugin_packages WHERE state = 'proposed'
      ) p CROSS JOIN LATERAL (
        SELECT o ->> 'name' AS name, o ->> 'effect' AS effect, (SELECT count(*)::int FROM connections k
            WHERE k.workspace_id = $1 AND k.enabled AND k.plugin = p.name) AS connections
          FROM json_array_elements(p.description::json -> 'capabilities') o
        UNION ALL
        SELECT o ->> 'name', o ->> 'effect', count(*)::int FROM connections k
          JOIN connection_discoveries d ON d.connection_id = k.id AND d.plugin = k.plugin, json_array_elements(d.offers::json) o
         WHERE k.workspace_id = $1 AND k.enabled AND k.plugin = p.name GROUP BY 1, 2
      ) c
     ORDER BY p.name, p.state <> 'loaded', p.at DESC`,
    [workspaceId],
  );
}

const REASON_LENGTH_MAX = 300;

/** Why a version of `plugins` cannot be loaded, where every connector host that lives and tried says so. */
const FAILING = `
  SELECT max(h.log) AS log FROM plugin_hosts h
    JOIN service_instances i ON i.id = h.instance_id AND ${INSTANCE_ALIVE}
   WHERE h.name = plugins.name AND h.version = plugins.version HAVING bool_and(h.state = 'failed')`;

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

import type { AiAsset } from '@tutti/contracts';

/** An application with the models, agents, tools and servers that were seen in it. */
export interface Application {
  name: string;
  asset: AiAsset | null;
  managed: boolean;
  inside: AiAsset[];
  calls: number;
  tokens: number;
  costMicros: number;
  currency: string | null;
  lastSeenAt: string | null;
}

export const KINDS = [
  ['model', 'Models'],
  ['agent', 'Agents'],
  ['tool', 'Tools'],
  ['mcp-server', 'MCP servers'],
  ['application', 'Applications'],
] as const satisfies readonly (readonly [AiAsset['kind'], string])[];
const ORDER: readonly string[] = KINDS.map(([kind]) => kind);

function latest(times: readonly string[]): string | null {
  return times.length === 0 ? null : times.reduce((a, b) => (a > b ? a : b));
}

function applicationOf(name: string, assets: readonly AiAsset[]): Application {
  const asset = assets.find((each) => each.kind === 'application') ?? null;
  const inside = assets
    .filter((each) => each.kind !== 'application')
    .sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind) || b.calls - a.calls);
  // Tokens and cost are those of models: agents and applications report sums of what is below them.
  const models = inside.filter(({ kind }) => kind === 'model');
  return {
    name,
    asset,
    inside,
    managed: asset?.managed ?? inside.every(({ managed }) => managed),
    calls: asset?.calls ?? inside.reduce((sum, { calls }) => sum + calls, 0),
    tokens: models.reduce((sum, { inputTokens, outputTokens }) => sum + inputTokens + outputTokens, 0),
    costMicros: models.reduce((sum, { costMicros }) => sum + costMicros, 0),
    currency: models.find(({ currency }) => currency !== null)?.currency ?? null,
    lastSeenAt: latest(assets.map(({ lastSeenAt }) => lastSeenAt)),
  };
}

/**
 * The inventory by application: unmanaged ones first, because they are what a person looks for; then by cost.
 */
export function applicationsOf(assets: readonly AiAsset[]): Application[] {
  const byName = new Map<string, AiAsset[]>();
  for (const asset of assets) {
    const name = asset.application ?? asset.name;
    byName.set(name, [...(byName.get(name) ?? []), asset]);
  }
  return [...byName]
    .map(([name, of]) => applicationOf(name, of))
    .sort(
      (a, b) =>
        Number(a.managed) - Number(b.managed) ||
        b.costMicros - a.costMicros ||
        b.calls - a.calls ||
        a.name.localeCompare(b.name),
    );
}

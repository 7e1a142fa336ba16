import {
  capabilityChanges,
  type CapabilityChange,
  type ConnectionCapabilities,
  type ConnectionCapability,
  type NamedCapability,
} from '@tutti/contracts';
import type { StoredDiscovery } from '@tutti/store';

type State = ConnectionCapabilities['state'];

/** What a connection found, as it is shown. `stored` is null where its plugin finds nothing by itself. */
export function discovered(
  { name, plugin, discovers }: { name: string; plugin: string; discovers: boolean },
  stored: StoredDiscovery | null,
): ConnectionCapabilities {
  return {
    connection: name,
    plugin,
    state: stored === null ? (discovers ? 'waiting' : 'none') : stateOf(stored),
    mode: stored?.mode ?? 'pin',
    prefix: stored?.prefix ?? name,
    hash: stored?.foundHash ?? null,
    approved: approvalOf(stored),
    items: stored === null ? [] : itemsOf(stored),
    leftOut: stored?.leftOut ?? [],
    error: stored?.error ?? null,
    foundAt: stored?.foundAt?.toISOString() ?? null,
    lookedAt: stored?.lookedAt?.toISOString() ?? null,
  };
}

function stateOf({ found, foundHash, approvedHash }: StoredDiscovery): State {
  if (found === null) return 'waiting';
  if (approvedHash === null) return 'new';
  return approvedHash === foundHash ? 'approved' : 'changed';
}

function approvalOf(stored: StoredDiscovery | null): ConnectionCapabilities['approved'] {
  if (stored?.approvedHash == null || stored.approvedAt === null) return null;
  return { hash: stored.approvedHash, by: stored.approvedBy ?? '', at: stored.approvedAt.toISOString() };
}

function itemsOf({ approved, found }: StoredDiscovery): ConnectionCapability[] {
  const before = new Map((approved ?? []).map((one) => [one.capability, one]));
  const now = new Map((found ?? approved ?? []).map((one) => [one.capability, one]));
  const changes = new Map(
    capabilityChanges(approved ?? [], found ?? approved ?? []).map((change) => [change.capability, change]),
  );
  return [...new Map([...before, ...now]).values()]
    .sort((a, b) => (a.capability < b.capability ? -1 : 1))
    .map((one) => itemOf(one, before.get(one.capability), changes.get(one.capability)));
}

function itemOf(
  one: NamedCapability,
  approved: NamedCapability | undefined,
  change: CapabilityChange | undefined,
): ConnectionCapability {
  const same = change === undefined ? approved : undefined;
  return {
    name: one.capability,
    original: one.name,
    ...told(same ?? one),
    use: approved === undefined ? 'waiting' : change === undefined ? 'callable' : 'refused',
    hinted: (same ?? one).hinted === true,
    change: change?.change ?? null,
    parts: change?.parts ?? [],
    approved: change?.change === 'changed' && approved !== undefined ? told(approved) : null,
  };
}

function told({ title, description, effect, input, output }: NamedCapability) {
  return { title: title ?? null, description: description ?? null, effect, input, output: output ?? null };
}

/** The capability as the catalog has it. */
export function describedCapability({
  capability,
  title,
  description,
  effect,
  input,
  output,
}: NamedCapability) {
  const [line = ''] = (title ?? description ?? '').split('\n');
  return { name: capability, summary: line, effect, input, output: output ?? {}, reconciles: false };
}

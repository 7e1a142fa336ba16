import type { ConnectionItem } from '@tutti/contracts';

/** Whose a connection is, as a form holds it; empty: nobody, none. */
export interface Labels {
  owner: string;
  environment: string;
}

export function labelsOf({ owner, environment }: Pick<ConnectionItem, 'owner' | 'environment'>): Labels {
  return { owner: owner ?? '', environment: environment ?? '' };
}

export function sameLabels(
  labels: Labels,
  connection: Pick<ConnectionItem, 'owner' | 'environment'>,
): boolean {
  const before = labelsOf(connection);
  return labels.owner.trim() === before.owner && labels.environment.trim() === before.environment;
}

/** The environments that connections have, by name. */
export function environmentsOf(items: readonly Pick<ConnectionItem, 'environment'>[]): string[] {
  return [...new Set(items.flatMap(({ environment }) => environment ?? []))].sort();
}

import type { PluginItem } from '@tutti/contracts';

export interface CatalogSection {
  title: string;
  note: string;
  items: PluginItem[];
}

/** The plugins by what is to be done with them, without empty sections. `used`: null while unknown. */
export function catalogSections(
  plugins: readonly PluginItem[],
  used: ReadonlySet<string> | null,
): CatalogSection[] {
  const working = plugins.filter(({ state }) => state === 'loaded');
  const current = plugins.filter(
    ({ state, name }) => state !== 'inactive' || !working.some((other) => other.name === name),
  );
  const isUsed = ({ name }: PluginItem) => used === null || used.has(name);
  return [
    {
      title: 'Not working',
      note: 'calls of them fail',
      items: current.filter(({ state }) => state !== 'loaded'),
    },
    { title: 'In use', note: 'there are connections of them', items: working.filter(isUsed) },
    {
      title: 'Available',
      note: 'loaded, and without a connection',
      items: working.filter((plugin) => !isUsed(plugin)),
    },
  ].filter(({ items }) => items.length > 0);
}

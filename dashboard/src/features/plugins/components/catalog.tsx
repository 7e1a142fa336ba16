'use client';
import Link from 'next/link';
import type { PluginItem } from '@tutti/contracts';
import { plural } from '@/format/format';
import { Panel } from '@/ui/page';
import { Status } from '@/ui/status';
import { catalogSections } from '../prepare/catalog';
import { pluginHref, useConnectionNames } from './use-plugin';

/** The plugins that are in use, those that wait for a connection, and those that do not work. */
export function Catalog({ plugins }: { plugins: readonly PluginItem[] }) {
  const { data } = useConnectionNames();
  return catalogSections(plugins, data ?? null).map(({ title, note, items }) => (
    <Panel key={title} title={title} note={note} className="mb-3">
      <ul>
        {items.map((plugin) => (
          <Entry key={`${plugin.name}@${plugin.version}`} plugin={plugin} />
        ))}
      </ul>
    </Panel>
  ));
}

function Entry({ plugin }: { plugin: PluginItem }) {
  return (
    <li
      className="border-t border-line px-4 py-2 first:border-t-0"
      aria-label={`${plugin.name} ${plugin.version}`}
    >
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <Link href={pluginHref(plugin.name)} className="font-medium hover:underline">
          {plugin.name}
        </Link>
        <span className="text-small text-ink-3">{plugin.version}</span>
        <span className="min-w-0 flex-1 truncate text-ink-2">{plugin.summary}</span>
        <span className="text-small whitespace-nowrap text-ink-3">
          {plural(plugin.capabilities.length, 'capability', 'capabilities')}
          {plugin.guards === null ? '' : ', isolated'}
        </span>
        <Status status={plugin.state} />
      </div>
      {plugin.error !== null && (
        <p className="mt-1 bg-bad-soft px-2 py-1 break-words whitespace-pre-wrap text-bad">{plugin.error}</p>
      )}
    </li>
  );
}

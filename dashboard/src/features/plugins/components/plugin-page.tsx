'use client';
import { useState } from 'react';
import Link from 'next/link';
import { Plus, Puzzle } from 'lucide-react';
import type { PluginItem, PluginVersionItem } from '@tutti/contracts';
import { NewConnectionDialog } from '@/features/connections/components/new-connection-dialog';
import { usePlugins } from '@/features/connections/components/use-connection';
import { Button } from '@/ui/button';
import { Empty, ProblemNote, SkeletonRows } from '@/ui/notes';
import { PageFrame, Panel } from '@/ui/page';
import { Status, StatusIcon } from '@/ui/status';
import { Tabs } from '@/ui/tabs';
import { useUrlState } from '@/ui/url-state';
import { permissionLines } from '../prepare/version-lines';
import { Capabilities, SchemaView } from './capabilities';
import { VersionRow } from './installed-packages';
import { PluginLogView } from './plugin-log-view';
import { usePackages, useVersion } from './use-packages';
import { useConnectionsOf, useRelease } from './use-plugin';

const ABOVE = [{ href: '/plugins', label: 'Plugins' }];

/** One plugin: what it can do, may do, has said, who uses it, and its versions where it was installed. */
export function PluginPage({ name }: { name: string }) {
  const plugins = usePlugins();
  const packages = usePackages();
  const url = useUrlState();
  const versions = packages.data?.items.filter((item) => item.name === name) ?? [];
  const all = plugins.data?.items.filter((item) => item.name === name) ?? [];
  const plugin = all.find(({ state }) => state === 'loaded') ?? all[0];
  if (plugins.isPending || packages.isPending)
    return (
      <PageFrame title={name} above={ABOVE}>
        <SkeletonRows rows={6} />
      </PageFrame>
    );
  if (plugin === undefined && versions.length === 0) return <NoPlugin name={name} error={plugins.error} />;
  return (
    <PageFrame
      title={name}
      above={ABOVE}
      aside={plugin !== undefined && <Status status={plugin.state} />}
      summary={plugin?.summary ?? versions[0]?.summary}
      actions={
        <>
          {plugin?.state === 'quarantined' && <ReleaseButton name={name} />}
          {plugin?.state === 'loaded' && <NewConnection plugin={name} />}
        </>
      }
    >
      {plugin !== undefined && plugin.error !== null && (
        <p role="alert" className="mb-3 rounded-md bg-bad-soft p-3 break-words whitespace-pre-wrap text-bad">
          {plugin.error}
        </p>
      )}
      <Tabs
        label={`About ${name}`}
        value={url.get('tab') || 'capabilities'}
        onChange={(tab) => url.change({ tab: tab === 'capabilities' ? null : tab })}
        tabs={[
          {
            id: 'capabilities',
            label: 'Capabilities',
            note: plugin?.capabilities.length ?? 0,
            content: plugin ? (
              <Panel label="Capabilities">
                <Capabilities plugin={plugin} />
              </Panel>
            ) : (
              <NotActive />
            ),
          },
          {
            id: 'permissions',
            label: 'Permissions',
            content: <Permissions plugin={plugin} versions={versions} />,
          },
          {
            id: 'versions',
            label: 'Versions',
            note: versions.length || undefined,
            content: <Versions plugin={plugin} versions={versions} />,
          },
          { id: 'log', label: 'Log', content: <PluginLogView name={name} /> },
          { id: 'used', label: 'Used by', content: <UsedBy name={name} versions={versions} /> },
        ]}
      />
    </PageFrame>
  );
}

function NoPlugin({ name, error }: { name: string; error: Error | null }) {
  return (
    <PageFrame title={name} above={ABOVE}>
      {error !== null && <ProblemNote error={error} className="mb-3" />}
      <Panel>
        <Empty
          icon={Puzzle}
          title={`There is no plugin ${name}`}
          command={`npx tutti plugin install ${name}`}
        >
          It was removed, or never installed.
        </Empty>
      </Panel>
    </PageFrame>
  );
}

function ReleaseButton({ name }: { name: string }) {
  const release = useRelease(name);
  return (
    <>
      {release.error !== null && <ProblemNote error={release.error} />}
      <Button busy={release.isPending} onClick={() => release.mutate()}>
        Let it out of the quarantine
      </Button>
    </>
  );
}

function NewConnection({ plugin }: { plugin: string }) {
  const [adding, setAdding] = useState(false);
  return (
    <>
      <Button variant="primary" icon={<Plus size={14} aria-hidden />} onClick={() => setAdding(true)}>
        New connection
      </Button>
      {adding && <NewConnectionDialog of={plugin} onClose={() => setAdding(false)} />}
    </>
  );
}

function NotActive() {
  return (
    <Panel>
      <p className="px-4 py-3 text-ink-2">No version of it is active yet: review one under Versions.</p>
    </Panel>
  );
}

function Permissions({
  plugin,
  versions,
}: {
  plugin: PluginItem | undefined;
  versions: PluginVersionItem[];
}) {
  const shown = versions.find(({ state }) => state === 'active') ?? versions[0];
  return (
    <div className="grid grid-cols-2 items-start gap-3 max-xl:grid-cols-1">
      {shown === undefined ? (
        <Panel title="It may">
          <p className="px-4 py-3 text-ink-2">
            It comes with the hub and runs in the process of the connector host. It calls what the settings of
            its connections name.
          </p>
        </Panel>
      ) : (
        <VersionPermissions version={shown} />
      )}
      {plugin !== undefined && plugin.guards !== null && (
        <Panel title="What holds it in" note="on the connector host's machine">
          <ul>
            {plugin.guards.map(({ name, held, detail }) => (
              <li key={name} className="flex gap-3 border-t border-line px-4 py-2 first:border-t-0">
                <span className="flex w-24 shrink-0 items-center gap-2">
                  <StatusIcon status={held ? 'ok' : 'failing'} /> {held ? 'Held' : 'Not held'}
                </span>
                <span className="min-w-0">
                  <strong className="font-medium">{name}</strong>
                  <span className="text-ink-2"> {detail}</span>
                </span>
              </li>
            ))}
          </ul>
        </Panel>
      )}
      {plugin !== undefined && (
        <Panel title="Settings of a connection" bodyClassName="p-4">
          <SchemaView schema={plugin.settings} title="Settings" label={`settings of ${plugin.name}`} />
        </Panel>
      )}
    </div>
  );
}

function VersionPermissions({ version }: { version: PluginVersionItem }) {
  const { data, error } = useVersion(version);
  return (
    <Panel title="It may" note={version.version}>
      {error !== null && <ProblemNote error={error} className="m-3" />}
      <ul className="px-4 py-2">
        {data?.permissions ? (
          permissionLines(data.permissions).map((line) => (
            <li key={line} className="py-0.5">
              {line}
            </li>
          ))
        ) : (
          <li className="py-0.5 text-ink-2">Not known yet: no connector host has read it.</li>
        )}
      </ul>
    </Panel>
  );
}

function Versions({ plugin, versions }: { plugin: PluginItem | undefined; versions: PluginVersionItem[] }) {
  return (
    <Panel title="Versions" note="the active one serves new connections and newly applied workflows">
      {versions.length === 0 ? (
        <p className="px-4 py-3 text-ink-2">
          {plugin?.version}, which comes with the hub. Another version comes with another hub.
        </p>
      ) : (
        <ul>
          {versions.map((item) => (
            <VersionRow key={item.version} item={item} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

function UsedBy({ name, versions }: { name: string; versions: PluginVersionItem[] }) {
  const connections = useConnectionsOf(name);
  return (
    <div className="grid grid-cols-2 items-start gap-3 max-xl:grid-cols-1">
      <Panel title="Connections">
        {connections.error !== null && <ProblemNote error={connections.error} className="m-3" />}
        {connections.data?.length === 0 && (
          <p className="px-4 py-3 text-ink-2">None yet: make one with the button above.</p>
        )}
        <ul>
          {(connections.data ?? []).map((item) => (
            <li
              key={item.name}
              className="flex items-center gap-3 border-t border-line px-4 py-2 first:border-t-0"
            >
              <Link
                className="font-medium hover:underline"
                href={`/connections/${encodeURIComponent(item.name)}`}
              >
                {item.name}
              </Link>
              <span className="ml-auto">
                <Status status={item.state} />
              </span>
            </li>
          ))}
        </ul>
      </Panel>
      {versions.length > 0 && (
        <Panel title="Workflows" note="that were applied with a version of it">
          {versions.map((version) => (
            <UsersOf key={version.version} version={version} />
          ))}
        </Panel>
      )}
    </div>
  );
}

function UsersOf({ version }: { version: PluginVersionItem }) {
  const { data, error } = useVersion(version);
  return (
    <div className="border-t border-line px-4 py-2 first:border-t-0">
      <h3 className="text-small text-ink-3">{version.version}</h3>
      {error !== null && <ProblemNote error={error} />}
      {data?.users.length === 0 && <p className="text-ink-2">None.</p>}
      <ul>
        {(data?.users ?? []).map((user) => (
          <li key={`${user.workflow} ${user.version}`}>
            <Link className="hover:underline" href={`/workflows/${user.workflow}`}>
              {user.workflow}
            </Link>{' '}
            <span className="text-ink-2">
              {user.version}
              {user.runs > 0 && `, ${user.runs} runs under way`}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}

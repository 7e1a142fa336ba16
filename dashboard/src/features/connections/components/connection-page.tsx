'use client';
import { useMemo, useState } from 'react';
import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { Plug, Power, Trash2 } from 'lucide-react';
import type { ConnectionDetail, ConnectionItem, PluginItem } from '@tutti/contracts';
import { asProblem } from '@/hub/problem';
import { Button } from '@/ui/button';
import { Empty, ProblemNote, Skeleton, SkeletonRows } from '@/ui/notes';
import { PageFrame, Panel } from '@/ui/page';
import { RemoveDialog } from '@/ui/remove-dialog';
import { Status } from '@/ui/status';
import { Time, useNow } from '@/ui/time';
import { limitsText } from '../prepare/limits';
import { Headroom, LastError, Usage } from './activity';
import { Banner } from './banner';
import { FoundCapabilities } from './found-capabilities';
import { Health } from './health';
import { SettingsForm } from './settings-form';
import { SignInPanel } from './sign-in-panel';
import { isUsed, UsedBy, Users } from './used-by';
import { useConnection, usePlugins, useRemoveConnection, useSaveConnection } from './use-connection';

function RemoveConnection({ connection, onClose }: { connection: ConnectionDetail; onClose: () => void }) {
  const router = useRouter();
  const { name, usedBy } = connection;
  return (
    <RemoveDialog
      name={name}
      note="Its settings and secrets are deleted. Policies that name it pass it over; calls that are under way still end."
      removal={useRemoveConnection(name)}
      onRemoved={() => router.push('/connections')}
      onClose={onClose}
    >
      {isUsed(usedBy) && (
        <div className="mb-4">
          <p className="mb-1 font-medium">It is used by</p>
          <div
            className="max-h-48 overflow-y-auto rounded-md border border-line"
            tabIndex={0}
            role="group"
            aria-label="Who uses it"
          >
            <Users usedBy={usedBy} />
          </div>
        </div>
      )}
    </RemoveDialog>
  );
}

function Capabilities({
  connection,
  plugin,
}: {
  connection: ConnectionItem;
  plugin: PluginItem | undefined;
}) {
  return (
    <Panel title="Capabilities">
      <ul>
        {connection.capabilities.map((name) => {
          const described = plugin?.capabilities.find((each) => each.name === name);
          return (
            <li key={name} className="border-b border-line px-4 py-2 last:border-0">
              <code className="mono font-medium">{name}</code>
              {described !== undefined && (
                <span className="ml-2 text-small text-ink-3">{described.effect}</span>
              )}
              <p className="text-ink-2">{described?.summary}</p>
            </li>
          );
        })}
      </ul>
    </Panel>
  );
}

function Body({ connection }: { connection: ConnectionDetail }) {
  const plugins = usePlugins();
  const nowMs = useNow();
  const plugin = plugins.data?.items.find(({ name }) => name === connection.plugin);
  const { signIn, lastError, headroom } = connection;
  const minute = Math.floor(nowMs / 60_000);
  const usage = useMemo(
    () => <Usage connection={connection} nowMs={minute * 60_000} />,
    [connection, minute],
  );
  return (
    <>
      {usage}
      <div className="grid grid-cols-[minmax(0,1fr)_minmax(320px,38%)] items-start gap-3 max-lg:grid-cols-1">
        <div className="flex min-w-0 flex-col gap-3">
          {plugins.isPending ? (
            <Panel title="Settings">
              <SkeletonRows rows={4} />
            </Panel>
          ) : plugin === undefined ? (
            <Panel title="Settings">
              <p className="p-4 text-ink-2">
                The plugin {connection.plugin} is not installed, so its settings cannot be shown as a form.
              </p>
            </Panel>
          ) : (
            <SettingsForm key={connection.updatedAt} connection={connection} plugin={plugin} />
          )}
          <FoundCapabilities name={connection.name} />
          <Capabilities connection={connection} plugin={plugin} />
        </div>
        <div className="flex min-w-0 flex-col gap-3">
          {signIn !== null && connection.state !== 'sign-in-needed' && (
            <SignInPanel name={connection.name} signIn={signIn} />
          )}
          <Health connection={connection} />
          {lastError !== null && <LastError error={lastError} />}
          {headroom !== null && <Headroom headroom={headroom} nowMs={nowMs} />}
          <UsedBy usedBy={connection.usedBy} />
        </div>
      </div>
    </>
  );
}

function Summary({ connection }: { connection: ConnectionItem }) {
  const { plugin, owner, environment } = connection;
  const limits = limitsText(connection.limits);
  return (
    <>
      of plugin{' '}
      <Link href={`/plugins/${encodeURIComponent(plugin)}`} className="hover:underline">
        {plugin}
      </Link>
      , {environment !== null && `in ${environment}, `}
      {owner !== null && `looked after by ${owner}, `}
      {limits !== undefined && `at most ${limits}, `}changed <Time at={connection.updatedAt} />
    </>
  );
}

export function ConnectionPage({ name }: { name: string }) {
  const { data: connection, error, refetch } = useConnection(name);
  const save = useSaveConnection();
  const [removing, setRemoving] = useState(false);
  const above = [{ href: '/connections', label: 'Connections' }];
  if (error !== null && connection === undefined)
    return (
      <PageFrame title={name} above={above}>
        {asProblem(error).status === 404 ? (
          <Panel>
            <Empty
              icon={Plug}
              title="There is no such connection"
              action={
                <Link href="/connections" className="text-accent underline">
                  All connections
                </Link>
              }
            />
          </Panel>
        ) : (
          <ProblemNote error={error} retry={() => void refetch()} />
        )}
      </PageFrame>
    );
  if (connection === undefined)
    return (
      <PageFrame title={name} above={above} summary={<Skeleton className="w-60" />}>
        <SkeletonRows />
      </PageFrame>
    );
  const { plugin, settings, enabled, state } = connection;
  const enable = (on: boolean) => save.mutate({ name, plugin, settings, enabled: on });
  return (
    <PageFrame
      title={name}
      above={above}
      aside={<Status status={state} soft />}
      summary={<Summary connection={connection} />}
      actions={
        <>
          <Button
            icon={<Power size={14} aria-hidden />}
            busy={save.isPending}
            onClick={() => enable(!enabled)}
          >
            {enabled ? 'Switch off' : 'Switch on'}
          </Button>
          <Button variant="danger" icon={<Trash2 size={14} aria-hidden />} onClick={() => setRemoving(true)}>
            Remove
          </Button>
        </>
      }
    >
      {save.error !== null && <ProblemNote error={save.error} className="mb-3" />}
      <Banner connection={connection} switching={save.isPending} onSwitchOn={() => enable(true)} />
      <Body connection={connection} />
      {removing && <RemoveConnection connection={connection} onClose={() => setRemoving(false)} />}
    </PageFrame>
  );
}

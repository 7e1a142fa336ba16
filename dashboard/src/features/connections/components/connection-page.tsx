'use client';
import { useMemo, useState } from 'react';
import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { Plug, Power, Stethoscope, Trash2 } from 'lucide-react';
import type { ConnectionItem, PluginItem } from '@tutti/contracts';
import { useKeys } from '@/features/keyboard/components/keyboard';
import { Tile } from '@/features/metrics/components/tile';
import { SchemaForm } from '@/features/schema-form/components/schema-form';
import { faultsOf } from '@/features/schema-form/prepare/check';
import { formOf } from '@/features/schema-form/prepare/fields';
import { editsOf } from '@/features/schema-form/prepare/pointer';
import { formatCount, formatDuration, formatShare, plural } from '@/format/format';
import { asProblem } from '@/hub/problem';
import { Button } from '@/ui/button';
import { Empty, ProblemNote, Skeleton, SkeletonRows } from '@/ui/notes';
import { PageFrame, Panel } from '@/ui/page';
import { RemoveDialog } from '@/ui/remove-dialog';
import { Status, StatusIcon } from '@/ui/status';
import { Time } from '@/ui/time';
import { useToasts } from '@/ui/toasts';
import { draftOf, faultsOfLimits, limitsOfDraft, limitsText, sameLimits } from '../prepare/limits';
import { LimitsFields } from './limits-fields';
import { SignInPanel } from './sign-in-panel';
import {
  useConnection,
  usePlugins,
  useRemoveConnection,
  useSaveConnection,
  useTestConnection,
} from './use-connection';

function SaveBar(at: {
  changes: number;
  wrong: boolean;
  busy: boolean;
  onPutBack: () => void;
  onSave: () => void;
}) {
  const { changes, wrong, busy, onPutBack, onSave } = at;
  return (
    <div className="flex items-center justify-end gap-2 border-t border-line px-4 py-2.5">
      <span className="mr-auto text-small text-ink-2" role="status">
        {changes === 0 ? 'Nothing changed' : `${plural(changes, 'setting')} changed`}
      </span>
      <Button disabled={changes === 0} onClick={onPutBack}>
        Put back
      </Button>
      <Button variant="primary" disabled={changes === 0 || wrong} busy={busy} onClick={onSave}>
        Save
      </Button>
    </div>
  );
}

function SettingsForm({ connection, plugin }: { connection: ConnectionItem; plugin: PluginItem }) {
  const { name, enabled, settings: before, limits } = connection;
  const save = useSaveConnection();
  const toasts = useToasts();
  const [settings, setSettings] = useState<unknown>(before);
  const [draft, setDraft] = useState(() => draftOf(limits));
  const field = useMemo(() => formOf(plugin.settings, before), [plugin, before]);
  const edits = editsOf(before, settings);
  const faults = faultsOf(field, settings);
  const limitsFaults = faultsOfLimits(draft);
  const limitsWrong = Object.keys(limitsFaults).length > 0;
  const limitsChanged = limitsWrong || !sameLimits(limitsOfDraft(draft), limits);
  // What performs no calls has nothing to limit.
  const hasLimits = plugin.capabilities.length > 0 || limits !== null;
  const putBack = () => {
    setSettings(before);
    setDraft(draftOf(limits));
  };
  const send = () => {
    const change = limitsChanged ? { limits: limitsOfDraft(draft) } : {};
    save.mutate(
      { name, plugin: connection.plugin, settings, enabled, ...change },
      { onSuccess: () => toasts.show(`Saved ${name}`) },
    );
  };
  return (
    <Panel
      title="Settings"
      note="Secrets stay hidden; leave one as it is to keep it"
      bodyClassName="flex flex-col"
    >
      <div className="p-4">
        {field.children.length === 0 ? (
          <p className="text-ink-3">This plugin has no settings.</p>
        ) : (
          <SchemaForm
            field={field}
            root={plugin.settings}
            value={settings}
            onChange={setSettings}
            faults={faults}
          />
        )}
        {hasLimits && (
          <LimitsFields draft={draft} set={draftOf(limits)} faults={limitsFaults} onChange={setDraft} />
        )}
        {save.error !== null && <ProblemNote error={save.error} className="mt-3" />}
      </div>
      {(field.children.length > 0 || hasLimits) && (
        <SaveBar
          changes={edits.length + (limitsChanged ? 1 : 0)}
          wrong={faults.length > 0 || limitsWrong}
          busy={save.isPending}
          onPutBack={putBack}
          onSave={send}
        />
      )}
    </Panel>
  );
}

function Health({ connection }: { connection: ConnectionItem }) {
  const test = useTestConnection(connection.name);
  useKeys({ t: { does: 'Test the connection', run: () => test.mutate() } });
  return (
    <Panel
      title="Health"
      actions={
        <Button
          icon={<Stethoscope size={14} aria-hidden />}
          keys="t"
          busy={test.isPending}
          onClick={() => test.mutate()}
        >
          Test
        </Button>
      }
      bodyClassName="p-4"
    >
      <p className="flex items-center gap-3">
        <Status status={connection.health} />
        {connection.checkedAt !== null && (
          <span className="text-ink-3">
            checked <Time at={connection.checkedAt} />
          </span>
        )}
      </p>
      {connection.healthDetail !== null && (
        <p className="mt-1.5 break-words text-ink-2">{connection.healthDetail}</p>
      )}
      {test.data !== undefined && (
        <p role="status" className="mt-3 flex items-start gap-2 border-t border-line pt-3">
          <span className="mt-[3px]">
            <StatusIcon status={test.data.ok ? 'ok' : 'failing'} />
          </span>
          <span>
            <span className="font-medium">{test.data.ok ? 'The test succeeded' : 'The test failed'}</span>{' '}
            after {formatDuration(test.data.durationMs)}.{' '}
            <span className="text-ink-2">{test.data.detail}</span>
          </span>
        </p>
      )}
      {test.error !== null && <ProblemNote error={test.error} className="mt-3" />}
    </Panel>
  );
}

function RemoveConnection({ name, onClose }: { name: string; onClose: () => void }) {
  const router = useRouter();
  return (
    <RemoveDialog
      name={name}
      note="Its settings and secrets are deleted. Policies that name it pass it over; calls that are under way still end."
      removal={useRemoveConnection(name)}
      onRemoved={() => router.push('/connections')}
      onClose={onClose}
    />
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

function Body({ connection }: { connection: ConnectionItem }) {
  const plugins = usePlugins();
  const plugin = plugins.data?.items.find(({ name }) => name === connection.plugin);
  const { recent } = connection;
  return (
    <div className="grid grid-cols-[minmax(0,1fr)_minmax(320px,38%)] items-start gap-3 max-lg:grid-cols-1">
      <div className="flex flex-col gap-3">
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
        <Capabilities connection={connection} plugin={plugin} />
      </div>
      <div className="flex flex-col gap-3">
        {connection.signIn !== null && <SignInPanel name={connection.name} signIn={connection.signIn} />}
        <Health connection={connection} />
        <div className="grid grid-cols-3 gap-3">
          <Tile label="Calls" value={formatCount(recent.calls)} note="last 24 hours" />
          <Tile
            label="Failed"
            value={formatShare(recent.calls === 0 ? null : recent.failed / recent.calls)}
            note={`${formatCount(recent.failed)} calls`}
          />
          <Tile label="Median" value={formatDuration(recent.p50Ms)} note="a call" />
        </div>
      </div>
    </div>
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
  const { plugin, settings, enabled } = connection;
  const limits = limitsText(connection.limits);
  return (
    <PageFrame
      title={name}
      above={above}
      aside={enabled ? undefined : <Status status="suspended" label="Off" soft />}
      summary={
        <>
          of plugin {plugin}, {limits !== undefined && `at most ${limits}, `}changed{' '}
          <Time at={connection.updatedAt} />
        </>
      }
      actions={
        <>
          <Button
            icon={<Power size={14} aria-hidden />}
            busy={save.isPending}
            onClick={() => save.mutate({ name, plugin, settings, enabled: !enabled })}
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
      <Body connection={connection} />
      {removing && <RemoveConnection name={name} onClose={() => setRemoving(false)} />}
    </PageFrame>
  );
}

'use client';
import { useMemo, useState } from 'react';
import { useRouter } from 'next/navigation';
import type { PluginItem } from '@tutti/contracts';
import { SchemaForm } from '@/features/schema-form/components/schema-form';
import { faultsOf } from '@/features/schema-form/prepare/check';
import { formOf, initialOf } from '@/features/schema-form/prepare/fields';
import { sendable } from '@/features/start-run/prepare/refused';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { ProblemNote, Skeleton } from '@/ui/notes';
import { LabelFields } from './label-fields';
import { usePlugins, useSaveConnection } from './use-connection';

const NAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

function Settings({
  plugin,
  name,
  nameFault,
  onClose,
  children,
}: {
  plugin: PluginItem;
  name: string;
  nameFault: string | null;
  onClose: () => void;
  children: React.ReactNode;
}) {
  const router = useRouter();
  const save = useSaveConnection();
  const field = useMemo(() => formOf(plugin.settings, {}), [plugin]);
  const [settings, setSettings] = useState<unknown>(() => initialOf(field) ?? {});
  const [labels, setLabels] = useState({ owner: '', environment: '' });
  const [tried, setTried] = useState(false);
  const faults = faultsOf(field, settings);
  const send = () => {
    setTried(true);
    if (nameFault === null && faults.length === 0)
      save.mutate(
        { name, plugin: plugin.name, settings: sendable(field, settings), enabled: true, ...labels },
        {
          onSuccess: () => {
            onClose();
            router.push(`/connections/${name}`);
          },
        },
      );
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title="New connection"
      footer={
        <>
          <Button onClick={onClose}>Close</Button>
          <Button variant="primary" busy={save.isPending} onClick={send}>
            Make the connection
          </Button>
        </>
      }
    >
      {children}
      {tried && nameFault !== null && <p className="mb-2 text-small text-bad">{nameFault}</p>}
      <div className="mt-2 border-t border-line pt-3 pb-2">
        {field.children.length === 0 ? (
          <p className="text-ink-3">This plugin has no settings.</p>
        ) : (
          <SchemaForm
            field={field}
            root={plugin.settings}
            value={settings}
            onChange={setSettings}
            faults={tried ? faults : []}
            references
          />
        )}
        <LabelFields labels={labels} onChange={setLabels} />
      </div>
      {save.error !== null && <ProblemNote error={save.error} className="mt-2" />}
    </Dialog>
  );
}

/** `of`: the plugin that it begins with. */
export function NewConnectionDialog({ of = '', onClose }: { of?: string; onClose: () => void }) {
  const plugins = usePlugins();
  const [chosen, setChosen] = useState(of);
  const [name, setName] = useState('');
  const loaded = (plugins.data?.items ?? []).filter(({ state }) => state === 'loaded');
  const plugin = loaded.find((each) => each.name === chosen) ?? loaded[0];
  const nameFault = NAME.test(name)
    ? null
    : 'A name has small letters, digits and hyphens, such as "erp-main".';
  if (plugin === undefined)
    return (
      <Dialog open onClose={onClose} title="New connection">
        {plugins.error !== null ? (
          <ProblemNote error={plugins.error} />
        ) : plugins.isPending ? (
          <Skeleton className="mb-4 h-24" />
        ) : (
          <p className="mb-4 text-ink-2">No plugin is loaded. See Plugins for what went wrong.</p>
        )}
      </Dialog>
    );
  return (
    <Settings key={plugin.name} plugin={plugin} name={name} nameFault={nameFault} onClose={onClose}>
      <div className="grid grid-cols-2 gap-3 pb-2">
        <div>
          <label htmlFor="new-plugin" className="mb-1 block text-ink-2">
            Plugin
          </label>
          <select
            id="new-plugin"
            className="field"
            value={plugin.name}
            onChange={(event) => setChosen(event.target.value)}
          >
            {loaded.map((each) => (
              <option key={each.name} value={each.name}>
                {each.name}
              </option>
            ))}
          </select>
        </div>
        <div>
          <label htmlFor="new-name" className="mb-1 block text-ink-2">
            Name
          </label>
          <input
            id="new-name"
            className="field"
            value={name}
            placeholder={plugin.name}
            maxLength={63}
            onChange={(event) => setName(event.target.value)}
          />
        </div>
      </div>
    </Settings>
  );
}

'use client';
import { useState } from 'react';
import type { PluginVersionItem } from '@tutti/contracts';
import { Button } from '@/ui/button';
import { ProblemNote } from '@/ui/notes';
import { Panel } from '@/ui/page';
import { RemoveDialog } from '@/ui/remove-dialog';
import { Status } from '@/ui/status';
import { Time } from '@/ui/time';
import { troubleOf } from '../prepare/version-lines';
import { useInstall, usePackages, useRemoveVersion, useRollBack } from './use-packages';
import { TarballDrop } from './tarball-drop';
import { Updates } from './updates';
import { useReadAgain } from './use-plugin';
import { VersionDialog } from './version-dialog';

/** Plugins that were installed, version by version, and the field that installs one from npm. */
export function InstalledPackages() {
  const { data, error } = usePackages();
  const items = data?.items ?? [];
  return (
    <Panel title="Installed from packages" className="mb-3" actions={<InstallField />}>
      <TarballDrop />
      {error !== null && <ProblemNote error={error} className="m-3" />}
      {items.length === 0 ? (
        <p className="px-4 py-2.5 text-ink-2">
          None yet. Write the name of an npm package above, or drop a tarball here. Folders and bundles are
          installed with <code className="mono">npx tutti plugin install PATH</code>.
        </p>
      ) : (
        <ul>
          {items.map((item) => (
            <VersionRow key={`${item.name}@${item.version}`} item={item} />
          ))}
        </ul>
      )}
      {items.some(({ source, state }) => source.kind === 'npm' && state === 'active') && <Updates />}
    </Panel>
  );
}

function InstallField() {
  const [spec, setSpec] = useState('');
  const install = useInstall();
  return (
    <form
      className="flex flex-wrap items-center gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        install.mutate(spec, { onSuccess: () => setSpec('') });
      }}
    >
      {install.error !== null && <span className="text-small text-bad">{install.error.message}</span>}
      <input
        value={spec}
        onChange={(event) => setSpec(event.target.value)}
        placeholder="@acme/crm-acme@^2"
        aria-label="npm package"
        className="h-8 rounded-md border border-line-strong bg-surface px-2"
      />
      <Button type="submit" busy={install.isPending} disabled={spec.trim() === ''}>
        Install
      </Button>
    </form>
  );
}

/** One version, with what can be done with it. */
export function VersionRow({ item }: { item: PluginVersionItem }) {
  const [open, setOpen] = useState<'version' | 'remove' | null>(null);
  const rollBack = useRollBack(item.name);
  const removal = useRemoveVersion(item);
  const again = useReadAgain(item);
  const trouble = troubleOf(item);
  const close = () => setOpen(null);
  return (
    <li className="border-t border-line px-4 py-1.5">
      <div className="flex min-h-9 flex-wrap items-center gap-x-3 gap-y-1">
        <button type="button" className="font-medium hover:underline" onClick={() => setOpen('version')}>
          {item.name} {item.version}
        </button>
        <span className="min-w-0 truncate text-ink-2">{item.summary}</span>
        <span className="ml-auto text-small whitespace-nowrap text-ink-3">
          <Time at={item.requestedAt} />
        </span>
        <Status status={item.state} />
        {item.state === 'proposed' && <Button onClick={() => setOpen('version')}>Review</Button>}
        {item.state === 'failed' && (
          <Button busy={again.isPending} onClick={() => again.mutate()}>
            Read it again
          </Button>
        )}
        {(item.state === 'inactive' || item.state === 'withdrawn') && (
          <Button onClick={() => setOpen('version')}>Go back to it</Button>
        )}
        {item.state === 'active' && (
          <Button busy={rollBack.isPending} onClick={() => rollBack.mutate()}>
            Roll back
          </Button>
        )}
        <Button variant="ghost" onClick={() => setOpen('remove')}>
          Remove
        </Button>
      </div>
      {trouble !== null && <p className="bg-bad-soft px-2 py-1 whitespace-pre-wrap text-bad">{trouble}</p>}
      {[rollBack.error, again.error].map(
        (problem, i) => problem !== null && <ProblemNote key={i} error={problem} className="my-2" />,
      )}
      {open === 'version' && <VersionDialog version={item} onClose={close} />}
      {open === 'remove' && (
        <RemoveDialog
          name={`${item.name} ${item.version}`}
          note="A version that workflows or connections need is not removed."
          removal={removal}
          onRemoved={close}
          onClose={close}
        />
      )}
    </li>
  );
}

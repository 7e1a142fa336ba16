'use client';
import { useMutation } from '@tanstack/react-query';
import type { PluginUpdate } from '@tutti/contracts';
import { hub } from '@/hub/client';
import { Button } from '@/ui/button';
import { ProblemNote } from '@/ui/notes';
import { useInstall } from './use-packages';

/** Asks the registry for newer versions of what came from it: when the button is pressed, and never else. */
export function Updates() {
  const check = useMutation({
    mutationFn: () => hub<{ items: PluginUpdate[] }>('/v1/plugins/updates', { method: 'POST' }),
  });
  const items = check.data?.items.filter(({ active, latest }) => latest !== active) ?? [];
  return (
    <div className="border-t border-line px-4 py-2">
      <div className="flex min-h-8 items-center gap-3">
        <Button busy={check.isPending} onClick={() => check.mutate()}>
          Check for updates
        </Button>
        <span role="status" className="text-small text-ink-2">
          {check.data === undefined
            ? 'Asks the registry of these packages now; the hub does not ask by itself.'
            : items.length === 0 && 'All that came from the registry is up to date.'}
        </span>
      </div>
      {check.error !== null && <ProblemNote error={check.error} className="mt-2" />}
      <ul aria-label="Updates">
        {items.map((update) => (
          <Update key={update.name} update={update} />
        ))}
      </ul>
    </div>
  );
}

function Update({ update: { name, packageName, active, latest, error } }: { update: PluginUpdate }) {
  const install = useInstall();
  return (
    <li className="flex min-h-9 flex-wrap items-center gap-3 py-0.5">
      <span className="font-medium">{name}</span>
      <span className="mr-auto text-ink-2">{error ?? `${active} serves, the registry has ${latest}`}</span>
      {install.error !== null && <span className="text-small text-bad">{install.error.message}</span>}
      {latest !== null && (
        <Button
          busy={install.isPending}
          disabled={install.isSuccess}
          onClick={() => install.mutate(`${packageName}@${latest}`)}
        >
          {install.isSuccess ? 'Proposed' : `Propose ${latest}`}
        </Button>
      )}
    </li>
  );
}

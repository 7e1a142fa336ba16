'use client';
import { RefreshCw } from 'lucide-react';
import type { ConnectionCapabilities, ConnectionCapability } from '@tutti/contracts';
import { SchemaView } from '@/features/plugins/components/capabilities';
import { plural } from '@/format/format';
import { Button } from '@/ui/button';
import { ProblemNote } from '@/ui/notes';
import { Panel } from '@/ui/page';
import { Time } from '@/ui/time';
import {
  useApproveCapabilities,
  useCapabilitiesMode,
  useFindCapabilities,
  useFoundCapabilities,
} from './use-found-capabilities';

const NOTES: Record<ConnectionCapabilities['state'], string> = {
  none: '',
  waiting: 'the other system was not asked yet',
  new: 'nothing is called before you approve of it',
  approved: 'as they were approved',
  changed: 'they have changed since they were approved',
};
const USES: Record<ConnectionCapability['use'], string> = {
  callable: '',
  waiting: 'waits for approval',
  refused: 'refused until approved',
};

function changeText({ change, parts }: ConnectionCapability): string {
  if (change === null) return '';
  if (change !== 'changed') return change === 'added' ? 'new' : 'gone';
  return `changed: ${parts.join(', ')}`;
}

function Capability({ capability }: { capability: ConnectionCapability }) {
  const { name, effect, hinted, description, title, use, input, output, approved } = capability;
  const marks = [changeText(capability), USES[use]].filter((text) => text !== '');
  return (
    <li className="border-b border-line last:border-0">
      <details>
        <summary className="cursor-pointer px-4 py-2 hover:bg-hover">
          <code className="mono font-medium">{name}</code>
          <span className="ml-2 text-small text-ink-3">
            {effect}
            {hinted && ', as the other system says'}
          </span>
          {marks.length > 0 && <span className="ml-2 text-small text-wait">{marks.join('; ')}</span>}
          <span className="block text-ink-2">{description ?? title}</span>
          {approved !== null && approved.description !== description && (
            <span className="block text-small text-ink-3">Approved: {approved.description ?? 'nothing'}</span>
          )}
        </summary>
        <div className="flex flex-col gap-3 px-4 pb-3">
          <SchemaView schema={input} title="Input" label={`input of ${name}`} />
          {output !== null && <SchemaView schema={output} title="Output" label={`output of ${name}`} />}
        </div>
      </details>
    </li>
  );
}

function LeftOut({ leftOut }: Pick<ConnectionCapabilities, 'leftOut'>) {
  if (leftOut.length === 0) return null;
  return (
    <details className="border-t border-line px-4 py-2 text-small">
      <summary className="cursor-pointer">
        {plural(leftOut.length, 'capability', 'capabilities')} left out
      </summary>
      <ul className="mt-1 text-ink-2">
        {leftOut.map(({ name, why }) => (
          <li key={name}>
            <code className="mono">{name}</code>: {why}
          </li>
        ))}
      </ul>
    </details>
  );
}

function Footer({ found }: { found: ConnectionCapabilities }) {
  const { connection, state, hash, mode, approved } = found;
  const approve = useApproveCapabilities(connection);
  const follow = useCapabilitiesMode(connection);
  const error = approve.error ?? follow.error;
  const isOpen = hash !== null && (state === 'new' || state === 'changed');
  return (
    <div className="border-t border-line px-4 py-2.5">
      {error !== null && <ProblemNote error={error} className="mb-2" />}
      <div className="flex flex-wrap items-center gap-3">
        <label className="flex items-center gap-2">
          <input
            type="checkbox"
            className="size-4 accent-accent-fill"
            checked={mode === 'follow'}
            disabled={follow.isPending || hash === null}
            onChange={({ target }) => follow.mutate(target.checked ? 'follow' : 'pin')}
          />
          Take changes without asking
        </label>
        <span className="mr-auto text-small text-ink-3">
          {approved !== null && (
            <>
              approved <Time at={approved.at} /> by {approved.by}
            </>
          )}
        </span>
        {isOpen && (
          <Button variant="primary" busy={approve.isPending} onClick={() => approve.mutate(hash)}>
            Approve
          </Button>
        )}
      </div>
    </div>
  );
}

/** What the connection found that it can do, how that differs from what was approved, and the approval. */
export function FoundCapabilities({ name }: { name: string }) {
  const { data: found } = useFoundCapabilities(name);
  const find = useFindCapabilities(name);
  if (found === undefined || found.state === 'none') return null;
  const { items, leftOut, error, state, lookedAt } = found;
  return (
    <Panel
      title="Capabilities it found"
      note={NOTES[state]}
      actions={
        <Button
          icon={<RefreshCw size={14} aria-hidden />}
          busy={find.isPending}
          onClick={() => find.mutate()}
        >
          Look now
        </Button>
      }
    >
      {find.error !== null && <ProblemNote error={find.error} className="m-3" />}
      {error !== null && (
        <p role="alert" className="border-b border-line bg-bad-soft px-4 py-2">
          The last look failed: {error}
        </p>
      )}
      {items.length === 0 ? (
        <p className="p-4 text-ink-2">
          {lookedAt === null ? 'A connector host asks in a moment.' : 'Nothing was found.'}
        </p>
      ) : (
        <ul className="max-h-[60vh] overflow-y-auto">
          {items.map((capability) => (
            <Capability key={capability.name} capability={capability} />
          ))}
        </ul>
      )}
      <LeftOut leftOut={leftOut} />
      <Footer found={found} />
    </Panel>
  );
}

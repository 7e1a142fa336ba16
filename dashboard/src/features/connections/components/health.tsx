'use client';
import { useState } from 'react';
import { Stethoscope } from 'lucide-react';
import type { ConnectionDetail } from '@tutti/contracts';
import { useKeys } from '@/features/keyboard/components/keyboard';
import { formatDuration } from '@/format/format';
import { Button } from '@/ui/button';
import { ProblemNote } from '@/ui/notes';
import { Panel } from '@/ui/page';
import { Status, StatusIcon } from '@/ui/status';
import { Time } from '@/ui/time';
import { useTestConnection } from './use-connection';

const SHOWN = 5;

/** How the connection is, a test of it, and how the last ones ended. */
export function Health({ connection }: { connection: ConnectionDetail }) {
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
    >
      <div className="p-4">
        <p className="flex flex-wrap items-center gap-x-3">
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
        {test.isPending && (
          <p role="status" className="mt-3 border-t border-line pt-3 text-ink-2">
            Asking the other system …
          </p>
        )}
        {test.data !== undefined && !test.isPending && (
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
      </div>
      {connection.checks.length > 0 && <Checks checks={connection.checks} />}
    </Panel>
  );
}

function Checks({ checks }: Pick<ConnectionDetail, 'checks'>) {
  const [all, setAll] = useState(false);
  return (
    <div className="border-t border-line">
      <ul aria-label="Last tests">
        {(all ? checks : checks.slice(0, SHOWN)).map(({ at, by, ok, detail, durationMs }) => (
          <li key={at} className="flex gap-2 border-t border-line px-4 py-1.5 first:border-0">
            <span className="mt-[3px]">
              <StatusIcon status={ok ? 'ok' : 'failing'} />
            </span>
            <span className="min-w-0 flex-1 truncate text-ink-2" title={detail}>
              <span className="sr-only">{ok ? 'Succeeded' : 'Failed'}: </span>
              {detail}
            </span>
            <span className="whitespace-nowrap text-small text-ink-3">
              {by}, {formatDuration(durationMs)}, <Time at={at} />
            </span>
          </li>
        ))}
      </ul>
      {checks.length > SHOWN && (
        <Button variant="ghost" className="m-1" onClick={() => setAll(!all)}>
          {all ? 'Show fewer' : `Show all ${checks.length} tests`}
        </Button>
      )}
    </div>
  );
}

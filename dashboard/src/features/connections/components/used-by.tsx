'use client';
import Link from 'next/link';
import type { ConnectionDetail, ConnectionUsers } from '@tutti/contracts';
import { workflowHref } from '@/features/workflows/prepare/workflow-path';
import { Panel } from '@/ui/page';

interface User {
  key: string;
  href: string;
  name: string;
  what: string;
}

function usersOf({ policies, workflows, triggers }: ConnectionUsers): User[] {
  return [
    ...policies.map(({ name, capability }) => ({
      key: `policy ${name}`,
      href: `/policies?policy=${encodeURIComponent(name)}`,
      name,
      what: `policy of ${capability}`,
    })),
    ...workflows.map(({ namespace, name, capabilities }) => ({
      key: `workflow ${namespace}/${name}`,
      href: workflowHref({ namespace, name }),
      name: `${namespace}/${name}`,
      what: `calls ${capabilities.join(', ')}`,
    })),
    ...triggers.map((name) => ({
      key: `trigger ${name}`,
      href: `/triggers/${encodeURIComponent(name)}`,
      name,
      what: 'trigger',
    })),
  ];
}

/** Who uses the connection, or may, each with a link to it. */
export function Users({ usedBy }: Pick<ConnectionDetail, 'usedBy'>) {
  return (
    <ul aria-label="Used by">
      {usersOf(usedBy).map(({ key, href, name, what }) => (
        <li key={key} className="flex flex-wrap gap-x-3 border-t border-line px-4 py-2 first:border-0">
          <Link href={href} className="font-medium hover:underline">
            {name}
          </Link>
          <span className="text-ink-3">{what}</span>
        </li>
      ))}
    </ul>
  );
}

export function UsedBy({ usedBy }: Pick<ConnectionDetail, 'usedBy'>) {
  return (
    <Panel title="Used by">
      {isUsed(usedBy) ? (
        <Users usedBy={usedBy} />
      ) : (
        <p className="p-4 text-ink-2">No workflow, policy or trigger uses it yet.</p>
      )}
    </Panel>
  );
}

export function isUsed({ policies, workflows, triggers }: ConnectionUsers): boolean {
  return policies.length + workflows.length + triggers.length > 0;
}

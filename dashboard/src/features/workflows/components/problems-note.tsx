'use client';
import Link from 'next/link';
import { AlertTriangle } from 'lucide-react';
import type { WorkflowProblem } from '@tutti/contracts';

const WORDS: Record<WorkflowProblem['kind'], string> = {
  plugin: 'Plugin',
  capability: 'Capability',
  connection: 'Connection',
};

/** The page on which a problem is mended. */
function hrefOf({ kind, name }: WorkflowProblem): string {
  switch (kind) {
    case 'plugin':
      return `/plugins/${encodeURIComponent(name)}`;
    case 'connection':
      return `/connections/${encodeURIComponent(name)}`;
    case 'capability':
      return '/plugins';
  }
}

/** What keeps calls from working as the hub is now, each with a link to where it is mended. */
export function ProblemsNote({ problems, title }: { problems: readonly WorkflowProblem[]; title: string }) {
  if (problems.length === 0) return null;
  return (
    <section
      aria-label={title}
      className="mb-3 flex gap-2.5 rounded-md border border-line bg-wait-soft px-4 py-3"
    >
      <AlertTriangle size={16} className="mt-0.5 shrink-0 text-wait" aria-hidden />
      <div className="min-w-0">
        <p className="font-medium text-wait">{title}</p>
        <ul className="mt-0.5">
          {problems.map((problem) => (
            <li key={`${problem.kind} ${problem.name}`} className="break-words text-ink-2">
              {WORDS[problem.kind]}{' '}
              <Link href={hrefOf(problem)} className="font-medium text-ink underline">
                {problem.name}
              </Link>
              : {problem.detail}
            </li>
          ))}
        </ul>
      </div>
    </section>
  );
}

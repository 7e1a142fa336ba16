'use client';
import { ProblemNote } from '@/ui/notes';
import { HubProblem } from '@/hub/problem';

/** A defect of the dashboard itself: said in place, with a way to go on. */
export default function PageError({ error, reset }: { error: Error; reset: () => void }) {
  const shown = new HubProblem({
    type: 'about:blank',
    status: 500,
    title: 'This page failed',
    detail: `${error.message}. Try again; if it stays, please report it with this text.`,
  });
  return (
    <div className="p-6">
      <ProblemNote error={shown} retry={reset} />
    </div>
  );
}

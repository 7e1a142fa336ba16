import type { Metadata } from 'next';
import { KeyRound } from 'lucide-react';
import { Command } from '@/ui/short-id';

export const metadata: Metadata = { title: 'Sign in' };

const PROBLEMS: Record<string, { title: string; detail: string }> = {
  'link-used': {
    title: 'This link does not work any more',
    detail: 'A sign-in link works once and for a short time. Make a new one with the command below.',
  },
  expired: {
    title: 'You were signed out',
    detail: 'The session ended. Make a new link with the command below.',
  },
  unavailable: {
    title: 'The hub does not answer',
    detail:
      'The dashboard could not reach the API. Check it with `npx tutti doctor`, then open the link again.',
  },
};

/** Says how to get in: links come from the command line of the machine, so there is no password to lose. */
export default async function SignInPage({
  searchParams,
}: {
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}) {
  const { problem } = await searchParams;
  const shown = typeof problem === 'string' ? PROBLEMS[problem] : undefined;
  return (
    <main className="flex min-h-dvh items-center justify-center p-6">
      <div className="panel w-full max-w-[440px] p-8">
        <div className="flex items-center gap-2.5">
          {/* eslint-disable-next-line @next/next/no-img-element */}
          <img src="/icon.svg" alt="" width={28} height={28} />
          <span className="font-semibold">Tutti</span>
        </div>
        <h1 className="mt-6 text-heading font-semibold tracking-[-0.01em]">Sign in with a link</h1>
        <p className="mt-1 text-ink-2">
          Run this on the machine of the hub, then open the link it prints. It works once.
        </p>
        {shown !== undefined && (
          <div role="alert" className="mt-4 rounded-md border border-line bg-wait-soft p-3">
            <p className="font-medium text-wait">{shown.title}</p>
            <p className="text-ink-2">{shown.detail}</p>
          </div>
        )}
        <div className="mt-5">
          <Command>npx tutti sign-in</Command>
        </div>
        <p className="mt-5 flex gap-2 text-small text-ink-3">
          <KeyRound size={14} className="mt-px shrink-0" aria-hidden />
          The first link was printed when the hub started, after “Tutti is ready”.
        </p>
      </div>
    </main>
  );
}

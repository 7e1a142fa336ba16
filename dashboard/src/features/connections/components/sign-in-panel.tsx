'use client';
import { LogIn, LogOut } from 'lucide-react';
import type { ConnectionItem } from '@tutti/contracts';
import { Button } from '@/ui/button';
import { ProblemNote } from '@/ui/notes';
import { Panel } from '@/ui/page';
import { Status } from '@/ui/status';
import { Time } from '@/ui/time';
import { useBeginSignIn, useSignOut } from './use-connection';

/** The sign-in of a person that the connection needs: how it is, and the button that leads to it. */
export function SignInPanel({
  name,
  signIn,
}: {
  name: string;
  signIn: NonNullable<ConnectionItem['signIn']>;
}) {
  const begin = useBeginSignIn(name);
  const signOut = useSignOut(name);
  const isSignedIn = signIn.state === 'signed-in';
  return (
    <Panel
      title="Sign-in"
      actions={
        <>
          {isSignedIn && (
            <Button
              icon={<LogOut size={14} aria-hidden />}
              busy={signOut.isPending}
              onClick={() => signOut.mutate()}
            >
              Sign out
            </Button>
          )}
          <Button
            variant={isSignedIn ? undefined : 'primary'}
            icon={<LogIn size={14} aria-hidden />}
            busy={begin.isPending || begin.isSuccess}
            onClick={() => begin.mutate()}
          >
            {isSignedIn ? 'Sign in again' : 'Sign in'}
          </Button>
        </>
      }
      bodyClassName="p-4"
    >
      <p className="flex items-center gap-3">
        <Status status={isSignedIn ? 'ok' : 'failing'} label={isSignedIn ? 'Signed in' : 'Needs a sign-in'} />
        {signIn.at !== null && (
          <span className="text-ink-3">
            last by {signIn.by} <Time at={signIn.at} />
          </span>
        )}
      </p>
      <p className="mt-1.5 break-words text-ink-2">
        {signIn.detail ??
          (isSignedIn
            ? `The hub renews the access by itself${signIn.scopes === null ? '' : `: ${signIn.scopes}`}.`
            : 'Calls fail until somebody signs in; policies go on to their next candidate.')}
      </p>
      {begin.error !== null && <ProblemNote error={begin.error} className="mt-3" />}
      {signOut.error !== null && <ProblemNote error={signOut.error} className="mt-3" />}
    </Panel>
  );
}

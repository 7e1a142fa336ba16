import { Suspense, type ReactNode } from 'react';
import { cookies } from 'next/headers';
import { Providers } from '@/features/shell/components/providers';
import { Shell } from '@/features/shell/components/shell';
import { THEME_COOKIE } from '@/session/cookie';

export default async function HubLayout({ children }: { children: ReactNode }) {
  const theme = (await cookies()).get(THEME_COOKIE)?.value ?? 'system';
  return (
    <Providers>
      <Shell theme={theme}>
        <Suspense>{children}</Suspense>
      </Shell>
    </Providers>
  );
}

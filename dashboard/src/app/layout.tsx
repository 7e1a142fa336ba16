import type { Metadata } from 'next';
import type { ReactNode } from 'react';
import { cookies } from 'next/headers';
import '@fontsource-variable/inter';
import './globals.css';
import { THEME_COOKIE } from '@/session/cookie';

export const metadata: Metadata = {
  title: { default: 'Tutti', template: '%s · Tutti' },
  description: 'Runs, reviews and AI systems of the integration hub.',
  icons: { icon: '/icon.svg' },
};

export default async function RootLayout({ children }: { children: ReactNode }) {
  const theme = (await cookies()).get(THEME_COOKIE)?.value;
  return (
    <html lang="en" data-theme={theme === 'dark' || theme === 'light' ? theme : undefined}>
      <body>{children}</body>
    </html>
  );
}

'use client';
import { useMemo, useState, type ReactNode } from 'react';
import { useRouter } from 'next/navigation';
import { useKeys } from '@/features/keyboard/components/keyboard';
import { PLACES } from '../prepare/places';
import { KeysHelp } from './keys-help';
import { Palette } from './palette';
import { Sidebar } from './sidebar';

function focusSearch(): boolean {
  const field = document.querySelector<HTMLInputElement>('[data-page-search]');
  field?.focus();
  field?.select();
  return field !== null;
}

/** What is on every page: the way to the content, the places, the palette and the keys. */
export function Shell({ theme, children }: { theme: string; children: ReactNode }) {
  const router = useRouter();
  const [palette, setPalette] = useState(false);
  const [help, setHelp] = useState(false);
  const places = useMemo(
    () =>
      Object.fromEntries(
        PLACES.map(({ key, label, href }) => [
          `g ${key}`,
          { does: `Go to ${label}`, run: () => router.push(href) },
        ]),
      ),
    [router],
  );
  useKeys({
    ...places,
    '/': {
      does: 'Search this list, or everything',
      run: () => {
        if (!focusSearch()) setPalette(true);
      },
    },
    'mod+k': { does: 'Search everything', run: () => setPalette(true) },
    '?': { does: 'Show the keys', run: () => setHelp(true) },
  });
  return (
    <div className="grid h-dvh grid-cols-[var(--sidebar)_minmax(0,1fr)] max-md:grid-cols-[56px_minmax(0,1fr)]">
      <a
        href="#main"
        className="fixed top-2 left-2 z-50 -translate-y-16 rounded-md bg-accent-fill px-3 py-1.5 text-accent-ink focus:translate-y-0"
      >
        Skip to the content
      </a>
      <Sidebar theme={theme} onSearch={() => setPalette(true)} onHelp={() => setHelp(true)} />
      <main id="main" tabIndex={-1} className="min-h-0 overflow-y-auto outline-none">
        {children}
      </main>
      <Palette open={palette} onClose={() => setPalette(false)} />
      <KeysHelp open={help} onClose={() => setHelp(false)} />
    </div>
  );
}

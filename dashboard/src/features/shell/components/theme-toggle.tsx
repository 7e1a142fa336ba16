'use client';
import { useState } from 'react';
import { Monitor, Moon, Sun } from 'lucide-react';
import { THEME_COOKIE } from '@/session/cookie';
import { IconButton } from '@/ui/button';

const NEXT = { system: 'light', light: 'dark', dark: 'system' } as const;
const ICON = { system: Monitor, light: Sun, dark: Moon } as const;
type Theme = keyof typeof NEXT;
const YEAR_S = 31_536_000;

/** System, light, dark. Kept in a cookie so that the server paints the right one from the start. */
export function ThemeToggle({ theme }: { theme: string }) {
  const [current, setCurrent] = useState<Theme>(theme === 'light' || theme === 'dark' ? theme : 'system');
  const Icon = ICON[current];
  const change = () => {
    const next = NEXT[current];
    setCurrent(next);
    document.cookie = `${THEME_COOKIE}=${next}; Path=/; SameSite=Strict; Max-Age=${YEAR_S}`;
    if (next === 'system') document.documentElement.removeAttribute('data-theme');
    else document.documentElement.setAttribute('data-theme', next);
  };
  return (
    <IconButton label={`Theme: ${current}. Change to ${NEXT[current]}`} onClick={change}>
      <Icon size={15} aria-hidden />
    </IconButton>
  );
}

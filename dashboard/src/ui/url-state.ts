'use client';
import { useCallback } from 'react';
import { usePathname, useRouter, useSearchParams } from 'next/navigation';

/**
 * The page's state in its address: values by name, and a change that keeps the others. Empty values leave the
 * address.
 */
export function useUrlState() {
  const router = useRouter();
  const pathname = usePathname();
  const params = useSearchParams();
  const change = useCallback(
    (values: Record<string, string | null | undefined>, { push = false } = {}) => {
      const next = new URLSearchParams(window.location.search);
      for (const [name, value] of Object.entries(values)) {
        if (value === null || value === undefined || value === '') next.delete(name);
        else next.set(name, value);
      }
      const text = next.toString();
      router[push ? 'push' : 'replace'](text === '' ? pathname : `${pathname}?${text}`, { scroll: false });
    },
    [router, pathname],
  );
  return { get: (name: string) => params.get(name) ?? '', change };
}

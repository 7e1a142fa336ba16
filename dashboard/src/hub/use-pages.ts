'use client';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { hub, type Page } from './client';

/** A keyset-paged list: the pages so far as one array, and how to get the next. */
export function usePages<T>(
  key: readonly unknown[],
  path: string,
  query: Record<string, string | undefined> = {},
) {
  const result = useInfiniteQuery({
    queryKey: [...key, query],
    queryFn: ({ pageParam, signal }) =>
      hub<Page<T>>(path, { query: { ...query, cursor: pageParam }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    placeholderData: keepPreviousData,
  });
  return { ...result, items: result.data?.pages.flatMap((page) => page.items) ?? [] };
}

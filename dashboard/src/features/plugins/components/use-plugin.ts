'use client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { ConnectionItem, PluginItem, PluginLog, PluginVersionItem, Trial } from '@tutti/contracts';
import { allConnections } from '@/features/connections/components/use-connection';
import { hub, type Page } from '@/hub/client';

const REFRESH_MS = 3_000;

export const pluginHref = (name: string) => `/plugins/${encodeURIComponent(name)}`;

export function usePluginLog(name: string) {
  return useQuery({
    queryKey: ['plugin-log', name],
    queryFn: ({ signal }) => hub<PluginLog>(`/v1/plugins/${encodeURIComponent(name)}/log`, { signal }),
    refetchInterval: REFRESH_MS,
  });
}

/** The connections of a plugin, those that are switched off included. */
export function useConnectionsOf(plugin: string) {
  return useQuery({
    ...allConnections,
    select: ({ items }: Page<ConnectionItem>) => items.filter((item) => item.plugin === plugin),
  });
}

/** The plugins of which there are connections. */
export function useConnectionNames() {
  return useQuery({
    ...allConnections,
    select: ({ items }: Page<ConnectionItem>) => new Set(items.map(({ plugin }) => plugin)),
  });
}

export function useTrial(plugin: string, { name, effect }: PluginItem['capabilities'][number]) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: { connection: string; input: unknown }) =>
      hub<Trial>(`/v1/plugins/${encodeURIComponent(plugin)}/capabilities/${encodeURIComponent(name)}/try`, {
        method: 'POST',
        body: effect === 'read' ? body : { ...body, confirm: effect },
      }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['plugin-log', plugin] }),
  });
}

export function useRelease(name: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => hub<unknown>(`/v1/plugins/${encodeURIComponent(name)}/release`, { method: 'POST' }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['plugins'] }),
  });
}

/** Has a version read again that could not be read. */
export function useReadAgain({ name, version }: Pick<PluginVersionItem, 'name' | 'version'>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () =>
      hub<unknown>(
        `/v1/plugins/packages/${encodeURIComponent(name)}/versions/${encodeURIComponent(version)}/retry`,
        { method: 'POST' },
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: ['plugin-packages'] }),
  });
}

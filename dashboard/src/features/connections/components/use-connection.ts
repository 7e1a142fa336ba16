'use client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type {
  ConnectionDetail,
  ConnectionHosts,
  ConnectionItem,
  PluginItem,
  SignInBegun,
} from '@tutti/contracts';
import { hub, type Page } from '@/hub/client';
import type { ConnectionTest } from '@/hub/types';
import type { Limits } from '../prepare/limits';

const pathOf = (name: string) => `/v1/connections/${encodeURIComponent(name)}`;

export function usePlugins() {
  return useQuery({
    queryKey: ['plugins'],
    queryFn: ({ signal }) => hub<Page<PluginItem>>('/v1/plugins', { query: { limit: 200 }, signal }),
    staleTime: 60_000,
  });
}

/** What connections do is written every two seconds; nothing tells of it, so it is asked. */
const ASK_MS = 10_000;

export function useConnection(name: string) {
  return useQuery({
    queryKey: ['connection', name],
    queryFn: ({ signal }) => hub<ConnectionDetail>(pathOf(name), { signal }),
    refetchInterval: ASK_MS,
  });
}

/** As many connections as are chosen from. */
export const allConnections = {
  queryKey: ['connections', 'all'],
  queryFn: ({ signal }: { signal: AbortSignal }) =>
    hub<Page<ConnectionItem>>('/v1/connections', { query: { limit: 200 }, signal }),
};

export function useKnownConnections() {
  return useQuery(allConnections);
}

export function useHosts(name: string) {
  return useQuery({
    queryKey: ['connection', name, 'hosts'],
    queryFn: ({ signal }) => hub<ConnectionHosts>(`${pathOf(name)}/hosts`, { signal }),
  });
}

export function useConfirmHosts(name: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (hosts: string[]) =>
      hub<ConnectionHosts>(`${pathOf(name)}/hosts`, { method: 'POST', body: { hosts } }),
    onSuccess: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: ['connection', name] }),
        client.invalidateQueries({ queryKey: ['connections'] }),
      ]),
  });
}

export interface ConnectionChange {
  plugin: string;
  settings: unknown;
  enabled: boolean;
  /** Absent: what was set before stays. */
  limits?: Limits;
  owner?: string;
  environment?: string;
}

/** `onSaved` is called even when the form that was saved is there no more: a saved one begins anew. */
export function useSaveConnection(onSaved: (saved: ConnectionDetail) => void = () => undefined) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ name, ...body }: ConnectionChange & { name: string }) =>
      hub<ConnectionDetail>(pathOf(name), { method: 'PUT', body }),
    onSuccess: (saved) => {
      onSaved(saved);
      client.setQueryData(['connection', saved.name], saved);
      return client.invalidateQueries({ queryKey: ['connections'] });
    },
  });
}

export function useTestConnection(name: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => hub<ConnectionTest>(`${pathOf(name)}/test`, { method: 'POST' }),
    onSuccess: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: ['connection', name] }),
        client.invalidateQueries({ queryKey: ['connections'] }),
      ]),
  });
}

export function useRemoveConnection(name: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => hub<undefined>(pathOf(name), { method: 'DELETE' }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['connections'] }),
  });
}

/** Leaves the dashboard for the other system, which sends the browser back to the connection's page. */
export function useBeginSignIn(name: string) {
  return useMutation({
    mutationFn: () =>
      hub<SignInBegun>(`${pathOf(name)}/authorization`, {
        method: 'POST',
        body: { returnTo: 'dashboard' },
      }),
    onSuccess: ({ url }) => window.location.assign(url),
  });
}

export function useSignOut(name: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => hub<undefined>(`${pathOf(name)}/authorization`, { method: 'DELETE' }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['connection', name] }),
  });
}

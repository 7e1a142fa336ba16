'use client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { ConnectionCapabilities } from '@tutti/contracts';
import { hub } from '@/hub/client';

const pathOf = (name: string) => `/v1/connections/${encodeURIComponent(name)}/capabilities`;
const keyOf = (name: string) => ['connection', name, 'capabilities'];

/** What a connection found that it can do; asked again often while nobody has looked yet. */
const ASK_MS = { waiting: 2_000, else: 10_000 };

export function useFoundCapabilities(name: string) {
  return useQuery({
    queryKey: keyOf(name),
    queryFn: ({ signal }) => hub<ConnectionCapabilities>(pathOf(name), { signal }),
    refetchInterval: ({ state: { data } }) => (data?.state === 'waiting' ? ASK_MS.waiting : ASK_MS.else),
  });
}

/** Changes what a connection found, and shows what the hub answers. */
function useChange<Input>(name: string, work: (input: Input) => Promise<ConnectionCapabilities>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: work,
    onSuccess: (changed) => client.setQueryData(keyOf(name), changed),
  });
}

export const useFindCapabilities = (name: string) =>
  useChange<void>(name, () => hub(`${pathOf(name)}/find`, { method: 'POST', body: {} }));

export const useApproveCapabilities = (name: string) =>
  useChange(name, (hash: string) => hub(`${pathOf(name)}/approve`, { method: 'POST', body: { hash } }));

export const useCapabilitiesMode = (name: string) =>
  useChange(name, (mode: ConnectionCapabilities['mode']) =>
    hub(pathOf(name), { method: 'PATCH', body: { mode } }),
  );

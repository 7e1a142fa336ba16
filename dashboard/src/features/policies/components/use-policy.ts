'use client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { Applied } from '@tutti/contracts';
import { hub, YAML, type Page } from '@/hub/client';

/** A routing policy as the API lists it: the version that serves, else its newest. */
export interface PolicyItem {
  name: string;
  capability: string;
  version: number;
  active: boolean;
  createdBy: string;
  createdAt: string;
}
export interface PolicyDetail extends PolicyItem {
  source: string;
  /** Newest first. */
  versions: PolicyItem[];
}

const LISTED_MAX = 200;
const pathOf = (name: string) => `/v1/policies/${encodeURIComponent(name)}`;

export function usePolicies() {
  return useQuery({
    queryKey: ['policies'],
    queryFn: ({ signal }) =>
      hub<Page<PolicyItem>>('/v1/policies', { query: { limit: LISTED_MAX, all: 'true' }, signal }),
  });
}

export function usePolicy(name: string) {
  return useQuery({
    queryKey: ['policy', name],
    queryFn: ({ signal }) => hub<PolicyDetail>(pathOf(name), { signal }),
  });
}

/** One policy may take the place of another: what is shown of all of them is asked again. */
function useChange<Input, Result>(work: (input: Input) => Promise<Result>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: work,
    onSuccess: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: ['policy'] }),
        client.invalidateQueries({ queryKey: ['policies'] }),
      ]),
  });
}

export const useApplyPolicy = () =>
  useChange((text: string) => hub<Applied>('/v1/policies', { method: 'PUT', body: text, headers: YAML }));

export const useRestorePolicy = (name: string) =>
  useChange((version: number) =>
    hub<Applied>(`${pathOf(name)}/versions/${version}/restore`, { method: 'POST' }),
  );

export const useWithdrawPolicy = (name: string) =>
  useChange<void, undefined>(() => hub<undefined>(pathOf(name), { method: 'DELETE' }));

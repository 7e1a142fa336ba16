'use client';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { Finding } from '@tutti/contracts';
import { hub, YAML } from '@/hub/client';
import type { CapabilityItem } from '@/hub/types';
import { useSettled } from '@/ui/use-settled';
import type { Schema } from '../prepare/schema-walk';
import type { Knowledge } from '../prepare/suggest';

const SETTLED_MS = 350;

/** What the hub finds in a text. `of` is the text that the findings are about. */
export function useLint(text: string) {
  return useQuery({
    queryKey: ['lint', text],
    placeholderData: keepPreviousData,
    gcTime: 60_000,
    queryFn: async ({ signal }) => {
      const answer = await hub<{ findings: Finding[] }>('/v1/workflows/lint', {
        method: 'POST',
        body: text,
        headers: YAML,
        signal,
      });
      return { findings: answer.findings, of: text };
    },
  });
}

/** The same while one types: asked when the text has rested for a moment. */
export function useLiveLint(text: string) {
  const settled = useSettled(text, SETTLED_MS);
  const lint = useLint(settled);
  return { ...lint, isCurrent: lint.data?.of === text };
}

/** What completion goes by: the schema of the language and what this hub can call. */
export function useKnowledge(): Knowledge | undefined {
  const schema = useQuery({
    queryKey: ['workflow-schema'],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) => hub<Schema>('/v1/workflows/schema', { signal }),
  });
  const capabilities = useQuery({
    queryKey: ['capabilities'],
    queryFn: ({ signal }) => hub<{ items: CapabilityItem[] }>('/v1/capabilities', { signal }),
  });
  if (schema.data === undefined) return undefined;
  return { schema: schema.data, capabilities: capabilities.data?.items ?? [] };
}

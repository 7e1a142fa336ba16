'use client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { PluginVersionDetail, PluginVersionItem } from '@tutti/contracts';
import { hub, hubUrl, type Page } from '@/hub/client';
import { problemOf } from '@/hub/problem';

const PACKAGES = '/v1/plugins/packages';
const REFRESH_MS = 2_000;

export interface VersionKey {
  name: string;
  version: string;
}

const pathOf = ({ name, version }: VersionKey) =>
  `${PACKAGES}/${encodeURIComponent(name)}/versions/${encodeURIComponent(version)}`;

/** The installed versions and how they fare. */
export function usePackages() {
  return useQuery({
    queryKey: ['plugin-packages'],
    queryFn: ({ signal }) => hub<Page<PluginVersionItem>>(PACKAGES, { signal }),
    // A connector host reads what was handed in, within a second or two.
    refetchInterval: ({ state }) =>
      state.data?.items.some((item) => item.state === 'waiting') === true ? REFRESH_MS : false,
  });
}

export function useVersion(key: VersionKey) {
  return useQuery({
    queryKey: ['plugin-packages', key.name, key.version],
    queryFn: ({ signal }) => hub<PluginVersionDetail>(pathOf(key), { signal }),
  });
}

/** Fetches a package from the registry; it is a proposal then. */
export function useInstall() {
  const done = useChanged();
  return useMutation({
    mutationFn: (spec: string) =>
      hub<PluginVersionDetail>(`${PACKAGES}/npm`, { method: 'POST', body: { spec } }),
    onSuccess: done,
  });
}

/** Sends a tarball and tells how far it is, 0 to 1; it is a proposal then. */
export function useUpload(onProgress: (share: number) => void) {
  const done = useChanged();
  return useMutation({
    mutationFn: (file: File) => sendTarball(file, onProgress),
    onSuccess: done,
  });
}

/** `fetch` does not tell how much of a body was sent. */
function sendTarball(file: File, onProgress: (share: number) => void): Promise<PluginVersionDetail> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', hubUrl(`${PACKAGES}/tarball`));
    request.setRequestHeader('content-type', 'application/gzip');
    request.upload.onprogress = ({ loaded, total }) => onProgress(total === 0 ? 0 : loaded / total);
    request.onerror = () => reject(problemOf(0, undefined));
    request.onload = () => {
      const answer: unknown = parsed(request.responseText);
      if (request.status >= 200 && request.status < 300) resolve(answer as PluginVersionDetail);
      else reject(problemOf(request.status, answer));
    };
    request.send(file);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Approves of what was looked at, and of nothing that came after it. */
export function useApprove(key: VersionKey) {
  const done = useChanged();
  return useMutation({
    mutationFn: ({ revision, moveWorkflows }: { revision: number; moveWorkflows: boolean }) =>
      hub<PluginVersionItem>(`${pathOf(key)}/approve`, {
        method: 'POST',
        body: { moveWorkflows },
        headers: { 'if-match': `"${revision}"` },
      }),
    onSuccess: done,
  });
}

export function useRollBack(name: string) {
  const done = useChanged();
  return useMutation({
    mutationFn: () =>
      hub<PluginVersionItem>(`${PACKAGES}/${encodeURIComponent(name)}/rollback`, { method: 'POST' }),
    onSuccess: done,
  });
}

export function useRemoveVersion(key: VersionKey) {
  const done = useChanged();
  return useMutation({
    mutationFn: () => hub<undefined>(pathOf(key), { method: 'DELETE' }),
    onSuccess: done,
  });
}

function useChanged() {
  const client = useQueryClient();
  return () =>
    Promise.all([
      client.invalidateQueries({ queryKey: ['plugin-packages'] }),
      client.invalidateQueries({ queryKey: ['plugins'] }),
    ]);
}

import { unwrapExpression } from '../expression.js';

/** Limits of fetched functions: the text of one, how many of a document, and how deep they call others. */
export const FUNCTION_LIMITS = { bytes: 128 * 1024, functions: 50, depth: 8 } as const;

const CATALOGUED = /^([A-Za-z0-9][\w.-]*):([A-Za-z0-9][\w.+-]*)@([\w.-]+)$/;

/** A function that a `call` names by its address, or by name, version and catalog. */
export type RemoteFunction =
  { kind: 'address'; address: string } | { kind: 'catalog'; catalog: string; path: string };

/** What a `call` names; undefined when it is no function that lies elsewhere. */
export function remoteFunction(call: string): RemoteFunction | undefined {
  if (/^https?:\/\//i.test(call) && URL.canParse(call)) return { kind: 'address', address: rawAddress(call) };
  const [, name, version, catalog] = CATALOGUED.exec(call) ?? [];
  if (name === undefined || version === undefined || catalog === undefined) return undefined;
  return { kind: 'catalog', catalog, path: `functions/${name}/${version}/function.yaml` };
}

/**
 * Where a function of a catalog lies, by the layout of the specification's own catalog; or why that cannot be
 * said.
 */
export function catalogAddress(catalog: unknown, path: string): { address: string } | { problem: string } {
  const endpoint = (catalog as { endpoint?: unknown } | null)?.endpoint;
  const uri = typeof endpoint === 'string' ? endpoint : (endpoint as { uri?: unknown } | undefined)?.uri;
  if (typeof endpoint === 'object' && endpoint !== null && 'authentication' in endpoint)
    return { problem: 'Authentication of a catalog is not supported yet' };
  if (typeof uri !== 'string' || unwrapExpression(uri) !== undefined || uri.includes('{'))
    return {
      problem: 'A catalog with an address that is computed is not supported: it is read before any run',
    };
  if (!/^https?:\/\//i.test(uri) || !URL.canParse(uri))
    return { problem: `A catalog at "${uri}" is not supported: it is read over http or https` };
  return { address: rawAddress(`${uri.replace(/\/+$/, '')}/${path}`) };
}

const REVISION = /^(?:v?\d|[0-9a-f]{40}$|HEAD$)/;

/** The file itself, where an address on GitHub or GitLab is that of a page about it. */
export function rawAddress(address: string): string {
  const url = new URL(address);
  const parts = url.pathname.split('/').filter((part) => part !== '');
  if (url.host === 'github.com' && parts.length > 2) {
    const [owner, repository, view, ...rest] = parts as [string, string, string, ...string[]];
    const named = view === 'tree' || view === 'blob';
    const [revision = 'HEAD', ...path] = named ? rest : ['HEAD', view, ...rest];
    const ref = REVISION.test(revision) || revision === 'refs' ? revision : `refs/heads/${revision}`;
    return `https://raw.githubusercontent.com/${[owner, repository, ref, ...path].join('/')}`;
  }
  if (url.host === 'gitlab.com') {
    const at = parts.indexOf('-');
    const page = parts[at + 1];
    if (at > 0 && (page === 'tree' || page === 'blob'))
      return `${url.origin}/${parts.with(at + 1, 'raw').join('/')}`;
    const end = parts.indexOf('functions');
    if (at < 0 && end > 1)
      return `${url.origin}/${[...parts.slice(0, end), '-', 'raw', 'HEAD', ...parts.slice(end)].join('/')}`;
  }
  return url.href;
}

import type { Finding } from '@tutti/contracts';
import { isMap, isSeq, LineCounter, parseDocument, type Document, type Node } from 'yaml';
import type { z } from 'zod';
import { POLICY_LIMITS, RoutingPolicyDocument } from './policy-document.js';

const ALIASES_MAX = 100;

/** YAML or JSON text to a policy; `policy` is absent when a finding is an error. Never throws. */
export function parsePolicy(text: string): { policy?: RoutingPolicyDocument; findings: Finding[] } {
  if (Buffer.byteLength(text) > POLICY_LIMITS.bytes) {
    return { findings: [syntax(`The policy is larger than ${POLICY_LIMITS.bytes} bytes`)] };
  }
  try {
    return read(text);
  } catch (error) {
    // Too many aliases or too deep: refused like any other text that is no policy.
    return { findings: [syntax(`The text cannot be read: ${(error as Error).message}`)] };
  }
}

function read(text: string): { policy?: RoutingPolicyDocument; findings: Finding[] } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, version: '1.2' });
  if (document.errors.length > 0) {
    const findings = document.errors.slice(0, POLICY_LIMITS.findings).map((error) => {
      const { line, col } = lines.linePos(error.pos[0]);
      return { ...syntax(error.message), line, column: col };
    });
    return { findings };
  }
  const parsed = RoutingPolicyDocument.safeParse(document.toJS({ maxAliasCount: ALIASES_MAX }));
  if (parsed.success) return { policy: parsed.data, findings: [] };
  const place = placer(document as unknown as Document, lines);
  return {
    findings: parsed.error.issues
      .slice(0, POLICY_LIMITS.findings)
      .flatMap((issue) => describe(issue))
      .map(place),
  };
}

function syntax(message: string): Finding {
  return { severity: 'error', code: 'syntax', message };
}

type Issue = z.core.$ZodIssue;

function describe(issue: Issue): (Finding & { path: PropertyKey[] })[] {
  const base = { severity: 'error', code: 'policy' } as const;
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      ...base,
      message: `Unknown property "${key}"`,
      path: [...issue.path, key],
    }));
  }
  const name = issue.path.length === 0 ? 'The policy' : `"${issue.path.join('.')}"`;
  return [{ ...base, message: `${name}: ${issue.message}`, path: issue.path }];
}

function placer(
  document: Document,
  lines: LineCounter,
): (finding: Finding & { path: PropertyKey[] }) => Finding {
  return ({ path, ...finding }) => {
    const pointer = path
      .map((token) => `/${String(token).replaceAll('~', '~0').replaceAll('/', '~1')}`)
      .join('');
    const offset = offsetOf(document, path);
    if (offset === undefined) return { ...finding, pointer };
    const { line, col } = lines.linePos(offset);
    return { ...finding, pointer, line, column: col };
  };
}

function offsetOf(document: Document, path: PropertyKey[]): number | undefined {
  let node = document.contents as Node | null | undefined;
  let offset = node?.range?.[0];
  for (const token of path) {
    if (isSeq(node)) {
      node = node.items[Number(token)] as Node | undefined;
      offset = node?.range?.[0] ?? offset;
      continue;
    }
    if (!isMap(node)) break;
    const pair = node.items.find(
      ({ key }) => String((key as { value?: unknown } | null)?.value) === String(token),
    );
    if (pair === undefined) break;
    offset = (pair.key as Node | null)?.range?.[0] ?? offset;
    node = pair.value as Node | null;
  }
  return offset;
}

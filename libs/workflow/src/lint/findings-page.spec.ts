import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, describe } from '@jest/globals';
import { lintWorkflow, parseWorkflow, type CapabilityKnowledge, type WorkflowKnowledge } from '../index.js';
import { FINDINGS_PAGE } from './documented.js';

const root = new URL('../../../../', import.meta.url).pathname;
const HEAD = "document: { dsl: '1.0.3', namespace: docs, name: example, version: 1.0.0 }\n";
/** The hub that the page speaks of. */
const HUB: CapabilityKnowledge = new Map([
  ...(
    [
      ['crm.contact.find', 'read', true],
      ['erp.payment.create', 'write', true],
      ['shop.order.find', 'read', false],
    ] as const
  ).map(
    ([name, effect, connected]) =>
      [name, { effect, connected, plugins: ['demo'], timed: false, fallback: false }] as const,
  ),
  [
    'crm.deal.find',
    {
      effect: 'read',
      connected: false,
      plugins: [],
      stopped: [
        {
          name: 'crm-acme',
          version: '2.0.0',
          why: 'crm-acme 2.0.0 waits for approval',
          fix: 'Approve of it.',
        },
      ],
      timed: false,
      fallback: false,
    },
  ],
]);

/** What it could not fetch. */
const UNREAD = new Map([
  ['ocr:2.0.0@acme', 'GET https://functions.acme.example/functions/ocr/2.0.0/function.yaml answered 404'],
]);
const WORKFLOWS: WorkflowKnowledge = new Map([['docs/ship-order', ['1.1.0', '1.0.0']]]);

/** What its workspace has. */
const SECRETS = new Set(['signing', 'crm']);

interface Section {
  code: string;
  expected: string;
  wrong: string;
  right: string;
}

/** Examples that are too long for a page. */
const LONG: Record<string, { wrong: string; right: string }> = {
  'too-deep': { wrong: nested(40), right: nested(20) },
  'too-many-tasks': { wrong: pauses(5_001), right: pauses(100) },
  'too-many-filters': { wrong: filters(101), right: filters(100) },
  'too-many-branches': { wrong: branches(2_001), right: branches(100) },
};

function nested(depth: number): string {
  return `do:\n- a: ${'{ do: [ { b: '.repeat(depth)}{ set: { x: 1 } }${' } ] }'.repeat(depth)}`;
}

function pauses(count: number): string {
  return `do:\n${Array.from({ length: count }, (_, i) => `- t${i}: { wait: PT1S }\n`).join('')}`;
}

function branches(count: number): string {
  const list = Array.from({ length: count }, (_, i) => `{ b${i}: { wait: PT1S } }`).join(', ');
  return `do:\n- a: { fork: { branches: [ ${list} ] } }`;
}

function filters(count: number): string {
  const list = Array.from({ length: count }, (_, i) => `{ with: { type: t${i} } }`).join(', ');
  return `do:\n- a: { listen: { to: { any: [ ${list} ] } } }`;
}

function sections(): Section[] {
  const page = readFileSync(join(root, FINDINGS_PAGE), 'utf8');
  return page
    .split(/^## /m)
    .slice(1)
    .map((part) => {
      const code = part.slice(0, part.indexOf('\n'));
      const [wrong, right] = fences(part, 'yaml');
      return {
        code,
        expected: fences(part, 'text')[0] ?? '',
        ...(LONG[code] ?? { wrong: wrong ?? '', right: right ?? '' }),
      };
    });
}

function fences(part: string, language: string): string[] {
  return [...part.matchAll(/```(\w+)\n([\s\S]*?)\n```/g)]
    .filter(([, name]) => name === language)
    .map(([, , text]) => text as string);
}

/** Findings of an example; what the hub does not run yet may still be explained. */
function lint(yaml: string, code: string) {
  const { document, findings, locate } = parseWorkflow(yaml.startsWith('document:') ? yaml : HEAD + yaml);
  const known = { capabilities: HUB, unread: UNREAD, secrets: SECRETS, workflows: WORKFLOWS };
  const switchedOff = ['containers'] as const;
  const all = document === undefined ? findings : lintWorkflow(document, { locate, switchedOff, ...known });
  return all.filter((finding) => finding.code === code || finding.code !== 'unsupported');
}

/** Every code that the source names, wherever a finding is made. */
function codesOfSource(): Set<string> {
  const folder = join(root, 'libs/workflow/src');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'),
  );
  const text = files.map((file) => readFileSync(join(folder, file), 'utf8')).join('\n');
  const written = [...text.matchAll(/(?:code:|\b(?:error|warning)\()\s*'([a-z-]+)'/g)].map(
    ([, code]) => code as string,
  );
  const named = [...text.matchAll(/kind: '([a-z]+)',\s*pointer/g)].map(([, kind]) => `unknown-${kind}`);
  return new Set([...written, ...named]);
}

describe('the page of the findings', () => {
  const all = sections();

  test('has a section for each code that the source can give, and no other', () => {
    expect(all.map(({ code }) => code).sort()).toEqual([...codesOfSource()].sort());
  });

  test.each(all)('$code: the wrong example gives exactly the finding', ({ code, expected, wrong }) => {
    const found = lint(wrong, code);
    expect(found.map((finding) => `${finding.severity} ${finding.code}: ${finding.message}`)).toEqual([
      expected,
    ]);
    expect(found[0]).toMatchObject({
      line: expect.any(Number),
      column: expect.any(Number),
      fix: expect.stringMatching(/\w/),
      docs: `${FINDINGS_PAGE}#${code}`,
    });
  });

  test.each(all)('$code: the right example gives none', ({ code, right }) => {
    expect(right).not.toBe('');
    expect(lint(right, code)).toEqual([]);
  });
});

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { NORMALISATION, type NormalKind } from './normalisation.table.js';
import { DIALECTS } from '../test/dialects.js';
import { canonicalProvider, normaliseSpan } from './normalise.js';

const folder = fileURLToPath(new URL('../test/genai-spans', import.meta.url));
/**
 * What each instrumentation really sends: names of attributes by kind of span
 * (open-telemetry/semantic-conventions-conformance).
 */
const CONFORMANCE = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map(
    (name) =>
      [
        name.replace('.json', ''),
        (JSON.parse(readFileSync(`${folder}/${name}`, 'utf8')) as { spans: Record<string, string[]> }).spans,
      ] as const,
  );

const EXPECTED: Record<string, { operation: string; kind: NormalKind }> = {
  'gen_ai.inference.client': { operation: 'chat', kind: 'llm' },
  'gen_ai.embeddings.client': { operation: 'embeddings', kind: 'embedding' },
  'gen_ai.execute_tool.internal': { operation: 'execute_tool', kind: 'tool' },
  'gen_ai.invoke_workflow.internal': { operation: 'invoke_workflow', kind: 'workflow' },
};

function valueFor(name: string, operation: string): unknown {
  if (name === 'gen_ai.operation.name') return operation;
  if (/tokens|seed|max_|port/.test(name)) return 12;
  return /finish_reasons|messages/.test(name) ? ['stop'] : `value of ${name}`;
}

describe.each(CONFORMANCE)('spans as %s sends them', (_name, spans) => {
  it.each(Object.entries(spans))('of %s are understood', (type, names) => {
    const expected = EXPECTED[type];
    if (expected === undefined) throw new Error(`A new kind of span: ${type}; say what it is.`);
    const normal = normaliseSpan(
      Object.fromEntries(names.map((name) => [name, valueFor(name, expected.operation)])),
      true,
    );
    expect(normal.kind).toBe(expected.kind);
    const says = (name: string, value: unknown) => expect(value !== undefined).toBe(names.includes(name));
    says('gen_ai.request.model', normal.modelRequested);
    says('gen_ai.response.model', normal.modelAnswered);
    says('gen_ai.provider.name', normal.provider);
    says('gen_ai.usage.input_tokens', normal.inputTokens);
    says('gen_ai.usage.output_tokens', normal.outputTokens);
    says('gen_ai.tool.name', normal.toolName);
    says('gen_ai.response.finish_reasons', normal.finishReasons);
    says('gen_ai.response.id', normal.responseId);
  });
});

describe('the normalisation', () => {
  it.each(DIALECTS)('understands %s', (_title, { root, attributes, normal }) => {
    expect(normaliseSpan(attributes, root ?? false)).toMatchObject(normal);
  });

  it('takes the first attribute that is present, whatever their order in the span', () => {
    const providers = NORMALISATION.provider
      .filter((name) => !name.startsWith('*'))
      .map((name, rank) => [name, `p${rank}`] as const);
    for (const entries of [providers, [...providers].reverse()]) {
      for (let first = 0; first < providers.length; first++) {
        const present = entries.filter(([, value]) => Number(value.slice(1)) >= first);
        expect(normaliseSpan(Object.fromEntries(present), false).provider).toBe(`p${first}`);
      }
    }
  });

  it.each([
    ['12', 12],
    [12.4, 12],
    ['x', undefined],
    [-1, undefined],
    [Number.NaN, undefined],
    [1e12, undefined],
    [{}, undefined],
    [null, undefined],
  ])('reads %p tokens as %p', (value, tokens) => {
    expect(normaliseSpan({ 'gen_ai.usage.input_tokens': value }, false).inputTokens).toBe(tokens);
  });

  it('passes over metadata that is no JSON', () => {
    expect(normaliseSpan({ 'openinference.span.kind': 'LLM', metadata: '{broken' }, false).kind).toBe('llm');
  });

  it.each([
    ['openai.chat', 'openai'],
    ['gcp.gemini', 'gcp.gemini'],
    ['google.vertex.chat', 'gcp.vertex_ai'],
    ['azure.chat', 'azure.ai.openai'],
    ['xai.responses', 'x_ai'],
    ['mistral.chat', 'mistral_ai'],
    ['az.ai.openai', 'azure.ai.openai'],
    ['ollama', 'ollama'],
  ])('names the provider %s %s', (name, canonical) => {
    expect(canonicalProvider(name)).toBe(canonical);
  });

  it('never fails and never drops, whatever the attributes are', () => {
    const known = fc.constantFrom(
      ...Object.values(NORMALISATION).flat(),
      'metadata',
      '__proto__',
      'constructor',
    );
    const value = fc.oneof(
      fc.string(),
      fc.double(),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.array(fc.string()),
      fc.object(),
      fc.json(),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(known, value)), fc.boolean(), (entries, root) => {
        const normal = normaliseSpan(Object.fromEntries(entries), root);
        expect(typeof normal.kind).toBe('string');
        expect(JSON.stringify(normal)).toBeDefined();
      }),
    );
  });
});

it('does not take a framework for a provider', () => {
  expect(
    normaliseSpan({ 'gen_ai.system': 'AutoGen', 'gen_ai.operation.name': 'chat' }, false).provider,
  ).toBeUndefined();
});

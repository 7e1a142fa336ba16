import { z } from 'zod';
import { told, type CapabilityBench } from '../bench.js';
import { sampleOf, variantsOf, type Variant } from '../sample.js';
import type { CapabilityExample } from '../table.js';

/**
 * Whether the capability takes what its published schema takes, and nothing else. Requests of the inputs that
 * are taken get the answer 503, so that nothing comes of them.
 */
export async function checkInputs(
  bench: CapabilityBench,
  examples: readonly CapabilityExample[],
): Promise<void> {
  const { capability, findings } = bench;
  const published = publishedSchema(capability.input);
  if (published === null)
    return findings.warn('input', capability.name, 'Its schema is beyond what the suite can read back.');
  const wrong: string[] = [];
  const narrow: string[] = [];
  for (const variant of inputsOf(capability.input, examples)) {
    const complaint = await complaintOf(bench, variant, published.safeParse(variant.value).success);
    if (complaint === null) continue;
    (complaint.warning ? narrow : wrong).push(complaint.text);
  }
  findings.judge('input', capability.name, wrong);
  const [first] = narrow;
  if (first !== undefined) findings.warn('input', capability.name, first);
}

function publishedSchema(schema: Record<string, unknown>): z.ZodType | null {
  try {
    return z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);
  } catch {
    return null;
  }
}

function inputsOf(schema: Record<string, unknown>, examples: readonly CapabilityExample[]): Variant[] {
  const bases: Variant[] = [
    { value: sampleOf(schema, false), how: 'made of what its schema requires' },
    { value: sampleOf(schema, true), how: 'made of its whole schema' },
    ...examples.map(({ input, name }, at) => ({ value: input, how: `of example ${name ?? at + 1}` })),
  ];
  return bases.flatMap((base) => [
    base,
    ...variantsOf(schema, base.value).map(({ value, how }) => ({ value, how: `${base.how}, ${how}` })),
  ]);
}

async function complaintOf(
  { capability, trials }: CapabilityBench,
  { value, how }: Variant,
  fits: boolean,
): Promise<{ text: string; warning: boolean } | null> {
  const { ending, system } = await trials.attempt({
    action: 'run',
    capability: capability.name,
    input: value,
    replies: [],
    injection: { at: 0, fault: '503' },
  });
  const input = `An input ${how}`;
  if (!fits && (ending.how !== 'refused' || system.seen.length > 0)) {
    const text = `${input}, does not fit the published schema and is not refused before it runs.`;
    return { text, warning: false };
  }
  if (fits && ending.how === 'defect') return { text: `${input}, fits, and ${told(ending)}`, warning: false };
  if (fits && ending.how === 'refused') {
    const remedy = 'Say it in the schema rather than in a rule of its own, so that forms and models know.';
    return {
      text: `${input}, fits the published schema, and ${told(ending)} ${remedy}`,
      warning: true,
    };
  }
  return null;
}

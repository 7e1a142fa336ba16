import type { CapabilityBench, WorkingExample } from '../bench.js';
import { told } from '../bench.js';
import { mismatch } from '../matches.js';
import type { SeenRequest } from '../other-system.js';
import type { CapabilityExample } from '../table.js';
import type { Trial } from '../trial.js';

const CHANGING = new Set(['PUT', 'PATCH', 'DELETE']);

/** Whether an example works as its author says; null when it does not, and nothing more is made of it. */
export async function checkExample(
  bench: CapabilityBench,
  place: string,
  example: CapabilityExample,
): Promise<WorkingExample | null> {
  const { capability, trials, findings } = bench;
  const { input, replies } = example;
  const trial = await trials.attempt({
    action: 'run',
    capability: capability.name,
    input,
    replies,
    fresh: true,
  });
  const { seen } = trial.system;
  findings.judge('hosts', place, trial.undeclared.map(undeclaredText));
  if (capability.effect === 'read') findings.judge('effect', place, seen.flatMap(changeText));
  if (trial.undeclared.length > 0) return null;
  if (breaksOutput(trial)) {
    findings.fail('output', place, told(trial.ending));
    return null;
  }
  const complaint = complaintOf(trial, example);
  findings.judge('example', place, complaint === null ? [] : [complaint]);
  if (complaint !== null || trial.ending.how !== 'result') return null;
  findings.judge('output', place, confidenceText(trial.ending.value.confidence));
  const { output } = trial.ending.value;
  if (trial.partials.length > 0) findings.judge('partial', place, partialText(trial.partials, output));
  return { place, example, output: trial.ending.value.output, requests: seen.length };
}

function undeclaredText(host: string): string {
  return `It calls "${host}", which is not one of its declared hosts: add it to \`hosts\`.`;
}

function changeText({ method, url, read }: SeenRequest): string[] {
  if (read || !CHANGING.has(method)) return [];
  return [
    `Its effect is "read", and it sends ${method} ${url.pathname}: declare effect "idempotent-write" or "write".`,
  ];
}

function breaksOutput({ ending }: Trial): boolean {
  return ending.how === 'permanent' && ending.error.message.startsWith('The output breaks the schema');
}

function complaintOf({ ending, system }: Trial, example: CapabilityExample): string | null {
  const [complaint] = system.complaints;
  if (complaint !== undefined) return complaint;
  if (ending.how !== 'result') return `The example is to work, but ${told(ending)}`;
  const unused = example.replies.length - system.seen.length;
  if (unused > 0)
    return `It makes ${system.seen.length} requests; ${unused} of the replies are not asked for.`;
  return example.output === undefined ? null : mismatch(ending.value.output, example.output);
}

function partialText(partials: readonly string[], output: unknown): string[] {
  const text = partials.join('');
  if (textsOf(output).some((one) => one.trim() === text.trim())) return [];
  return [
    `What it tells while it works, ${JSON.stringify(text.slice(0, 200))}, does not add up to a text of its output.`,
  ];
}

/** All texts in a value. */
function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsOf) : [];
}

function confidenceText(confidence: unknown): string[] {
  if (confidence === undefined || confidence === null) return [];
  if (typeof confidence === 'number' && confidence >= 0 && confidence <= 1) return [];
  return [`Its confidence is ${String(confidence)}: tell a number from 0 to 1.`];
}

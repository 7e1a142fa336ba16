import type { TransientError } from '../../errors.js';
import { told, type CapabilityBench, type WorkingExample } from '../bench.js';
import { mismatch } from '../matches.js';
import { RETRY_AFTER_MS } from '../other-system.js';
import type { Check } from '../report.js';
import { Fault } from '../table.js';
import type { Trial } from '../trial.js';

/** Which check a fault belongs to, and the fate that it is to have. */
const EXPECTED: Readonly<Record<Fault, { check: Check; fate: 'permanent' | 'transient' }>> = {
  '401': { check: 'status', fate: 'permanent' },
  '403': { check: 'status', fate: 'permanent' },
  '404': { check: 'status', fate: 'permanent' },
  '409': { check: 'status', fate: 'permanent' },
  '422': { check: 'status', fate: 'permanent' },
  '429': { check: 'retry-after', fate: 'transient' },
  '500': { check: 'status', fate: 'transient' },
  '503': { check: 'status', fate: 'transient' },
  timeout: { check: 'timeout', fate: 'transient' },
  cut: { check: 'cut', fate: 'transient' },
  'broken-json': { check: 'malformed', fate: 'permanent' },
  'wrong-shape': { check: 'malformed', fate: 'permanent' },
};

/** Makes each request of an example fail in each way, and looks at what the capability makes of it. */
export async function checkFaults(
  { capability, trials, findings }: CapabilityBench,
  working: WorkingExample,
): Promise<void> {
  const { example, place, requests } = working;
  const { input, replies } = example;
  for (let at = 0; at < requests; at++) {
    for (const fault of Fault.options) {
      if (EXPECTED[fault].check === 'malformed' && replies[at]?.json === undefined) continue;
      const injection = { at, fault };
      const request = { action: 'run' as const, capability: capability.name, input, replies, injection };
      const complaint = complaintOf(await trials.attempt(request), fault, working);
      const where = `${place}, request ${at + 1}: ${fault}`;
      findings.judge(EXPECTED[fault].check, where, complaint === null ? [] : [complaint]);
    }
  }
}

function complaintOf(trial: Trial, fault: Fault, { example, output }: WorkingExample): string | null {
  const { ending, system } = trial;
  const { fate, check } = EXPECTED[fault];
  if (ending.how === 'result') {
    if (example.handles.includes(fault)) return null;
    // What does not look at the body is not misled by it.
    if (check === 'malformed' && same(ending.value.output, output)) return null;
    return `It makes an output of it. If it means to, say so in the example: handles: ["${fault}"].`;
  }
  if (ending.how !== fate) {
    const [more] = system.complaints;
    return `It is ${fate}, but ${told(ending)}${more === undefined ? '' : ` ${more}`}`;
  }
  if (fault !== '429' || ending.how !== 'transient') return null;
  const { retryAfterMs } = ending.error as TransientError;
  if (retryAfterMs !== undefined && retryAfterMs >= RETRY_AFTER_MS) return null;
  return (
    `Retry-After says ${RETRY_AFTER_MS} ms, and its error ${retryAfterMs ?? 'nothing'}: pass on the error of the ` +
    'port, or its retryAfterMs.'
  );
}

function same(one: unknown, other: unknown): boolean {
  return mismatch(one, other) === null && mismatch(other, one) === null;
}

import { told, type CapabilityBench, type WorkingExample } from '../bench.js';
import { CANCELLED, type Ending } from '../trial.js';

/** Whether a call ends when it is cancelled. In isolation, one that goes on takes its process with it. */
export async function checkCancel(
  { capability, trials, findings }: CapabilityBench,
  { example, place, requests }: WorkingExample,
): Promise<void> {
  const { input, replies } = example;
  const { ending } = await trials.cancelled(
    { action: 'run', capability: capability.name, input, replies },
    requests > 0,
  );
  const complaint = cancelComplaint(ending, requests > 0);
  findings.judge('cancel', place, complaint === null ? [] : [complaint]);
}

/** What is wrong with how something ended that was cancelled; null: nothing. */
export function cancelComplaint(ending: Ending, wasUnderWay: boolean): string | null {
  if (ending.how === 'hung' || killed(ending))
    return 'It goes on after it was cancelled: heed `signal`, and do not catch what the port throws then.';
  // `signal.throwIfAborted()` throws the reason, which is no defect.
  if (ending.how === 'defect' && !ending.error.message.includes(CANCELLED))
    return `It was cancelled, and ${told(ending)}`;
  if ((ending.how === 'result' || ending.how === 'triggered') && wasUnderWay)
    return 'It makes an output of a request that was cancelled: pass on what the port throws.';
  return null;
}

function killed(ending: Ending): boolean {
  return ending.how === 'transient' && ending.error.message.includes('after its end');
}

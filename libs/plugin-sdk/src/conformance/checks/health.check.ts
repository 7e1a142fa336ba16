import { told } from '../bench.js';
import type { Findings } from '../findings.js';
import type { ConformanceTable } from '../table.js';
import type { Trials } from '../trial.js';

const PLACE = 'health';

/** Whether the health check works, and says so when the connection does not. */
export async function checkHealth(
  trials: Trials,
  findings: Findings,
  example: ConformanceTable['health'],
): Promise<void> {
  if (example === undefined)
    return findings.warn(
      'examples',
      PLACE,
      'There is no example of it, so that nothing of it was looked at.',
    );
  const request = { action: 'health' as const, capability: PLACE, replies: example.replies };
  const { ending, system } = await trials.attempt(request);
  const complaint = ending.how === 'healthy' ? system.complaints : [`It is to work, but ${told(ending)}`];
  findings.judge('health', PLACE, complaint);
  if (complaint.length > 0) return;
  for (const [at] of system.seen.entries())
    for (const fault of ['401', '500', 'timeout'] as const) {
      const bad = await trials.attempt({ ...request, injection: { at, fault } });
      const place = `${PLACE}, request ${at + 1}: ${fault}`;
      const fails = bad.ending.how === 'permanent' || bad.ending.how === 'transient';
      findings.judge('health', place, fails ? [] : [`The connection does not work, but ${told(bad.ending)}`]);
    }
}

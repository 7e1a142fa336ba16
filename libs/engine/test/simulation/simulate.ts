import { stringify } from 'yaml';
import { History } from './history.js';
import { simulatedWorkflow } from './workflows.js';
import { REAL, type Parts } from './world.js';

/** Histories of each workflow: compiling one takes longer than a history. */
const HISTORIES_OF_A_WORKFLOW = 20;

export interface Failure {
  /** What TUTTI_SIMULATION_SEED replays: the workflow's seed and the number of the history. */
  seed: string;
  histories: number;
  message: string;
}

/** Makes histories until one fails; undefined when none does. */
export function simulate(
  { seed, histories }: { seed: number; histories: number },
  parts: Parts = REAL,
): Failure | undefined {
  for (let made = 0; made < histories;) {
    const workflow = simulatedWorkflow(seed + made / HISTORIES_OF_A_WORKFLOW);
    for (let number = 0; number < HISTORIES_OF_A_WORKFLOW && made < histories; number += 1) {
      made += 1;
      try {
        new History(workflow, number, { parts }).run();
      } catch (error) {
        return { seed: `${workflow.seed}-${number}`, histories: made, message: (error as Error).message };
      }
    }
  }
  return undefined;
}

/** Plays one history again; the text tells it: the workflow, every step and fault, and what was wrong. */
export function replayHistory(seed: string, parts: Parts = REAL): { failed: boolean; text: string } {
  const [workflowSeed, number] = seed.split('-').map(Number);
  if (!Number.isInteger(workflowSeed) || !Number.isInteger(number))
    throw new Error(`TUTTI_SIMULATION_SEED must be as it was printed, like 123-4, not ${seed}`);
  const workflow = simulatedWorkflow(workflowSeed as number);
  const trace: string[] = [];
  let wrong: Error | undefined;
  try {
    new History(workflow, number as number, { parts, trace }).run();
  } catch (error) {
    wrong = error as Error;
  }
  const text = [
    `Simulation ${seed} (${workflow.steady ? 'steady' : 'wild'})`,
    stringify(workflow.document),
    ...trace,
    wrong === undefined ? 'Nothing was wrong.' : `WRONG: ${wrong.message}`,
  ].join('\n');
  return { failed: wrong !== undefined, text };
}

import { ProblemError } from '../problems/problem.error.js';

/** Why a workflow starts no runs, by whom, and since when (ISO 8601). */
export interface Disabled {
  reason: string | null;
  by: string | null;
  at: string | null;
}

/** Says why a workflow starts no runs, and how it does again. */
export function disabledText(name: { namespace: string; name: string }, disabled: Disabled): string {
  const workflow = `${name.namespace}/${name.name}`;
  const by = disabled.by === null ? '' : ` by ${disabled.by}`;
  const at = disabled.at === null ? '' : ` at ${disabled.at}`;
  const reason = disabled.reason === null ? '' : ` (${disabled.reason})`;
  return (
    `The workflow ${workflow} is disabled${by}${at}${reason}, so it starts no runs. ` +
    `Enable it with "npx tutti workflows enable ${workflow}" or POST /v1/workflows/${workflow}/enable.`
  );
}

/** The refusal of a run; null: the workflow was disabled when the run came, and is not any more. */
export function disabledProblem(
  name: { namespace: string; name: string },
  disabled: Disabled | null,
): ProblemError {
  if (disabled === null) {
    const text = `The workflow ${name.namespace}/${name.name} was disabled a moment ago. Try again.`;
    return new ProblemError('workflow-disabled', text, { headers: { 'retry-after': '1' } });
  }
  return new ProblemError('workflow-disabled', disabledText(name, disabled), { more: { disabled } });
}

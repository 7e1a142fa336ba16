import type { Finding } from '@tutti/contracts';
import type { TaskDefinition } from '../document.types.js';
import { property, warning, type LintedDocument } from './walk.js';

/** What workflows may start only where the operator of the hub allows it. */
export const OPERATOR_SWITCHES = ['processes', 'containers'] as const;
export type OperatorSwitch = (typeof OPERATOR_SWITCHES)[number];

/** Tasks that fault at run time, because the operator has not allowed what they start. */
export function switchFindings({ tasks }: LintedDocument, off: readonly OperatorSwitch[]): Finding[] {
  return tasks.flatMap(({ definition, name, pointer }) => {
    const needed = neededBy(definition);
    if (needed === undefined || !off.includes(needed)) return [];
    const message = `"${name}" will fault: the operator of this hub has not allowed ${needed}`;
    const fix = `The operator allows them with --allow-${needed} or TUTTI_ALLOW_${needed.toUpperCase()}=true.`;
    return [warning('switched-off', pointer, { message, fix })];
  });
}

function neededBy({ run, call, with: given }: TaskDefinition): OperatorSwitch | undefined {
  if (property(run, 'container') !== undefined) return 'containers';
  const started = call === 'mcp' && property(property(given, 'transport'), 'stdio') !== undefined;
  return started || property(run, 'shell') !== undefined ? 'processes' : undefined;
}

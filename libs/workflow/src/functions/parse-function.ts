import type { Finding } from '@tutti/contracts';
import type { TaskDefinition } from '../document.types.js';
import { parseYaml } from '../parse.js';
import { taskFindings } from '../schema-findings.js';
import { FUNCTION_LIMITS } from './function-address.js';

/** The text of a `function.yaml` to the task that it holds, or what is wrong with it, in words. */
export function parseFunction(text: string): { definition: TaskDefinition } | { problem: string } {
  if (Buffer.byteLength(text) > FUNCTION_LIMITS.bytes)
    return { problem: `it is larger than ${FUNCTION_LIMITS.bytes} bytes` };
  const { value, findings } = parseYaml(text);
  const broken: Finding[] = findings.length > 0 ? findings : [];
  if (broken.length === 0) taskFindings('', value, broken);
  const [first] = broken;
  if (first === undefined) return { definition: value as TaskDefinition };
  const place = first.pointer ? ` at ${first.pointer}` : first.line ? ` in line ${first.line}` : '';
  return { problem: `it is no function${place}: ${first.message}` };
}

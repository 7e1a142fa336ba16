import { parse } from 'yaml';

/** A step of a scenario with its text block, already read as YAML. */
export interface Step {
  text: string;
  block: unknown;
  source: string;
}
export interface Scenario {
  name: string;
  steps: Step[];
}

/** Reads the part of Gherkin that the conformance kit uses: scenarios, steps, `"""yaml` blocks, comments. */
export function readFeature(text: string): Scenario[] {
  const scenarios: Scenario[] = [];
  let block: string[] | undefined;
  for (const line of text.split('\n')) {
    const trimmed = line.trim();
    const scenario = scenarios.at(-1);
    if (trimmed.startsWith('"""')) {
      const step = scenario?.steps.at(-1);
      if (block !== undefined && step !== undefined) {
        step.source = dedent(block);
        step.block = parse(step.source);
      }
      block = block === undefined ? [] : undefined;
    } else if (block !== undefined) {
      block.push(line);
    } else if (trimmed.startsWith('Scenario:')) {
      scenarios.push({ name: trimmed.slice('Scenario:'.length).trim(), steps: [] });
    } else if (/^(Given|When|Then|And) /.test(trimmed)) {
      scenario?.steps.push({
        text: trimmed.replace(/^(Given|When|Then|And) /, ''),
        block: undefined,
        source: '',
      });
    }
  }
  return scenarios;
}

function dedent(lines: string[]): string {
  const filled = lines.filter((line) => line.trim() !== '');
  const indent = Math.min(...filled.map((line) => line.length - line.trimStart().length));
  return lines.map((line) => line.slice(indent)).join('\n');
}

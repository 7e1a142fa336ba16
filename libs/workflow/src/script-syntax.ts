import type { ScriptLanguage } from '@tutti/contracts';
import { parse, type Options } from 'acorn';

const JAVASCRIPT = ['javascript', 'js'];

/** The language that a document names; undefined for one that is not run. */
export function scriptLanguage(name: string): ScriptLanguage | undefined {
  return JAVASCRIPT.includes(name.toLowerCase()) ? 'javascript' : undefined;
}

/** Why code cannot be read, with the place in it; undefined when it can. */
export function scriptProblem(code: string): string | undefined {
  const asScript = syntaxError(code, 'script');
  if (asScript === undefined) return undefined;
  const asModule = syntaxError(code, 'module');
  if (asModule === undefined) return undefined;
  // The reading that came further is the one that was meant.
  return tell(asModule.pos > asScript.pos ? asModule : asScript);
}

interface AcornError extends SyntaxError {
  pos: number;
  loc: { line: number; column: number };
}

function syntaxError(code: string, sourceType: Options['sourceType']): AcornError | undefined {
  try {
    parse(code, { ecmaVersion: 2024, sourceType, allowHashBang: true });
    return undefined;
  } catch (error) {
    const problem = error as AcornError;
    // Nested so deep that the parser gave up, which depends on the stack: the sandbox will decide.
    return problem.loc === undefined || /stack/.test(problem.message) ? undefined : problem;
  }
}

function tell({ message, loc }: AcornError): string {
  const reason = message.replace(/ \(\d+:\d+\)$/, '');
  return `This is no JavaScript: ${reason}, in line ${loc.line}, column ${loc.column + 1} of the script`;
}

/** The syntax tree of a jq program. `at` is an offset in the source, kept where an error can point to it. */
export type Ast =
  | { readonly type: 'identity' }
  | { readonly type: 'recurse' }
  | { readonly type: 'literal'; readonly value: unknown; readonly at: number }
  | {
      readonly type: 'string';
      readonly format: string;
      readonly parts: readonly (string | Ast)[];
      readonly at: number;
    }
  | { readonly type: 'format'; readonly name: string }
  | { readonly type: 'index'; readonly target: Ast; readonly key: Ast; readonly optional: boolean }
  | {
      readonly type: 'slice';
      readonly target: Ast;
      readonly from?: Ast;
      readonly to?: Ast;
      readonly optional: boolean;
    }
  | { readonly type: 'iterate'; readonly target: Ast; readonly optional: boolean }
  | { readonly type: 'try'; readonly body: Ast; readonly handler?: Ast }
  | { readonly type: 'negate'; readonly body: Ast }
  | { readonly type: 'array'; readonly body?: Ast }
  | { readonly type: 'object'; readonly entries: readonly ObjectEntry[] }
  | {
      readonly type: 'reduce';
      readonly source: Ast;
      readonly patterns: readonly Pattern[];
      readonly init: Ast;
      readonly update: Ast;
    }
  | {
      readonly type: 'foreach';
      readonly source: Ast;
      readonly patterns: readonly Pattern[];
      readonly init: Ast;
      readonly update: Ast;
      readonly extract?: Ast;
    }
  | { readonly type: 'if'; readonly condition: Ast; readonly then: Ast; readonly else?: Ast }
  | { readonly type: 'variable'; readonly name: string; readonly at: number }
  | { readonly type: 'call'; readonly name: string; readonly args: readonly Ast[]; readonly at: number }
  | {
      readonly type: 'pipe' | 'comma' | 'alternative' | 'and' | 'or';
      readonly left: Ast;
      readonly right: Ast;
    }
  | { readonly type: 'binary'; readonly operator: BinaryOperator; readonly left: Ast; readonly right: Ast }
  | { readonly type: 'assign'; readonly operator: AssignOperator; readonly left: Ast; readonly right: Ast }
  | { readonly type: 'as'; readonly source: Ast; readonly patterns: readonly Pattern[]; readonly body: Ast }
  | { readonly type: 'label'; readonly name: string; readonly body: Ast }
  | { readonly type: 'break'; readonly name: string; readonly at: number }
  | { readonly type: 'def'; readonly definition: Definition; readonly body: Ast };

export type BinaryOperator = '+' | '-' | '*' | '/' | '%' | '==' | '!=' | '<' | '<=' | '>' | '>=';
export type AssignOperator = '=' | '|=' | '+=' | '-=' | '*=' | '/=' | '%=' | '//=';

export interface ObjectEntry {
  readonly key: Ast;
  readonly value: Ast;
}

export interface Parameter {
  readonly name: string;
  /** `$name`: the argument's value is bound as well as its filter. */
  readonly isValue: boolean;
}

export interface Definition {
  readonly name: string;
  readonly parameters: readonly Parameter[];
  readonly body: Ast;
}

/** What stands between `as` and `|`. */
export type Pattern =
  | { readonly type: 'variable'; readonly name: string }
  | { readonly type: 'array'; readonly elements: readonly Pattern[] }
  | { readonly type: 'object'; readonly entries: readonly PatternEntry[] };

export interface PatternEntry {
  readonly key: Ast;
  /** `$name` or `$name: pattern` binds the field's value itself. */
  readonly variable?: string;
  readonly pattern?: Pattern;
}

/** The variables a pattern binds, in the order of their first appearance. */
export function patternVariables(patterns: readonly Pattern[]): string[] {
  const names = new Set<string>();
  const visit = (pattern: Pattern): void => {
    if (pattern.type === 'variable') {
      names.add(pattern.name);
    } else if (pattern.type === 'array') {
      pattern.elements.forEach(visit);
    } else {
      for (const entry of pattern.entries) {
        if (entry.variable !== undefined) {
          names.add(entry.variable);
        }
        if (entry.pattern !== undefined) {
          visit(entry.pattern);
        }
      }
    }
  };
  patterns.forEach(visit);
  return [...names];
}

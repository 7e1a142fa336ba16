/** Whether a code point belongs to a class. */
export type CharTest = (code: number) => boolean;

/** A regular expression, in the form the matcher compiles. */
export type RegexNode =
  | {
      readonly type:
        'empty' | 'start' | 'end' | 'lineStart' | 'lineEnd' | 'semiEnd' | 'wordEdge' | 'notWordEdge' | 'keep';
    }
  | { readonly type: 'char'; readonly test: CharTest }
  | { readonly type: 'sequence'; readonly items: readonly RegexNode[] }
  | { readonly type: 'choice'; readonly options: readonly RegexNode[] }
  | { readonly type: 'group'; readonly index: number; readonly body: RegexNode }
  | { readonly type: 'atomic'; readonly body: RegexNode }
  | {
      readonly type: 'look';
      readonly isAhead: boolean;
      readonly isNegative: boolean;
      readonly body: RegexNode;
    }
  | { readonly type: 'backreference'; readonly groups: readonly number[]; readonly isIgnoringCase: boolean }
  | {
      readonly type: 'repeat';
      readonly body: RegexNode;
      readonly min: number;
      readonly max: number;
      readonly mode: 'greedy' | 'lazy' | 'possessive';
    };

export interface RegexOptions {
  readonly isIgnoringCase: boolean;
  readonly isExtended: boolean;
  /** `.` matches a newline too. */
  readonly isDotAll: boolean;
  /** `^` and `$` mean the ends of the whole text, jq's default. */
  readonly isSingleLine: boolean;
}

export interface ParsedRegex {
  readonly root: RegexNode;
  readonly groupCount: number;
  /** Names by group number; several groups may share one. */
  readonly names: ReadonlyMap<number, string>;
}

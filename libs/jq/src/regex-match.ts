import type { Runtime } from './limits.js';
import type { ParsedRegex, RegexNode } from './regex-ast.js';
import { fold, namedClass } from './regex-classes.js';
import type { CharTest } from './regex-ast.js';

/** What one attempt to match works on. Positions are indices of code points. */
interface MatchState {
  readonly codes: readonly number[];
  /** Start and end of each group, -1 while unmatched; group 0 is the whole match. */
  readonly groups: number[];
  readonly runtime: Runtime;
}

type Next = (at: number) => boolean;
type Matcher = (state: MatchState, at: number, next: Next) => boolean;

const isWord = namedClass('word') as CharTest;

/**
 * A backtracking matcher of its own rather than the host's: it charges every step to the run's budget, so no
 * pattern
 * can hang the process, and it keeps Oniguruma's meaning where JavaScript differs.
 */
function compile(node: RegexNode): Matcher {
  switch (node.type) {
    case 'empty':
      return (_state, at, next) => next(at);
    case 'char':
      return (state, at, next) => {
        state.runtime.step();
        return at < state.codes.length && node.test(state.codes[at] as number) && next(at + 1);
      };
    case 'sequence':
      return node.items.map(compile).reduceRight<Matcher>(
        (rest, first) => (state, at, next) => first(state, at, (middle) => rest(state, middle, next)),
        (_state, at, next) => next(at),
      );
    case 'choice': {
      const options = node.options.map(compile);
      return (state, at, next) => options.some((option) => option(state, at, next));
    }
    case 'group':
      return compileGroup(node.index, compile(node.body));
    case 'atomic':
      return compileAtomic(compile(node.body));
    case 'look':
      return compileLook(node);
    case 'backreference':
      return compileBackreference(node);
    case 'repeat':
      return compileRepeat(node);
    case 'keep':
      return (state, at, next) => {
        const before = state.groups[0] as number;
        state.groups[0] = at;
        return next(at) || restore(state, [before], 0);
      };
    default: {
      const holds = ANCHORS[node.type];
      return (state, at, next) => holds(state.codes, at) && next(at);
    }
  }
}

function isEdge(codes: readonly number[], at: number): boolean {
  const before = at > 0 && isWord(codes[at - 1] as number);
  const after = at < codes.length && isWord(codes[at] as number);
  return before !== after;
}

const ANCHORS = {
  start: (_codes: readonly number[], at: number) => at === 0,
  end: (codes: readonly number[], at: number) => at === codes.length,
  semiEnd: (codes: readonly number[], at: number) =>
    at === codes.length || (at === codes.length - 1 && codes[at] === 10),
  lineStart: (codes: readonly number[], at: number) => at === 0 || codes[at - 1] === 10,
  lineEnd: (codes: readonly number[], at: number) => at === codes.length || codes[at] === 10,
  wordEdge: isEdge,
  notWordEdge: (codes: readonly number[], at: number) => !isEdge(codes, at),
};

function restore(state: MatchState, saved: readonly number[], from: number): false {
  saved.forEach((value, offset) => {
    state.groups[from + offset] = value;
  });
  return false;
}

function compileGroup(index: number, body: Matcher): Matcher {
  const slot = index * 2;
  return (state, at, next) => {
    const saved = [state.groups[slot] as number, state.groups[slot + 1] as number];
    return (
      body(state, at, (end) => {
        const inner = [state.groups[slot] as number, state.groups[slot + 1] as number];
        state.groups[slot] = at;
        state.groups[slot + 1] = end;
        return next(end) || restore(state, inner, slot);
      }) || restore(state, saved, slot)
    );
  };
}

/** Takes the body's first way to match and no other. */
function compileAtomic(body: Matcher): Matcher {
  return (state, at, next) => {
    const saved = [...state.groups];
    let end = -1;
    const isMatched = body(state, at, (found) => {
      end = found;
      return true;
    });
    return (isMatched && next(end)) || restore(state, saved, 0);
  };
}

function compileLook(node: RegexNode & { type: 'look' }): Matcher {
  const body = compile(node.body);
  return (state, at, next) => {
    const saved = [...state.groups];
    const isFound = node.isAhead ? body(state, at, () => true) : isBehind(body, state, at);
    if (isFound === node.isNegative) {
      return restore(state, saved, 0);
    }
    if (node.isNegative) {
      restore(state, saved, 0);
    }
    return next(at) || restore(state, saved, 0);
  };
}

function isBehind(body: Matcher, state: MatchState, at: number): boolean {
  for (let start = at; start >= 0; start -= 1) {
    if (body(state, start, (end) => end === at)) {
      return true;
    }
  }
  return false;
}

function compileBackreference({ groups, isIgnoringCase }: RegexNode & { type: 'backreference' }): Matcher {
  return (state, at, next) => {
    const group = groups.findLast((index) => (state.groups[index * 2 + 1] ?? -1) >= 0);
    if (group === undefined) {
      return false;
    }
    const start = state.groups[group * 2] as number;
    const length = (state.groups[group * 2 + 1] as number) - start;
    state.runtime.spend(length + 1);
    for (let offset = 0; offset < length; offset += 1) {
      const wanted = state.codes[start + offset] as number;
      const found = state.codes[at + offset];
      if (found === undefined || (found !== wanted && !(isIgnoringCase && fold(found) === fold(wanted)))) {
        return false;
      }
    }
    return next(at + length);
  };
}

function compileRepeat(node: RegexNode & { type: 'repeat' }): Matcher {
  if (node.mode === 'possessive') {
    return compileAtomic(compileRepeat({ ...node, mode: 'greedy' }));
  }
  return node.body.type === 'char' ? repeatChar(node, node.body.test) : repeatBody(node, compile(node.body));
}

/** One character repeated: a loop, so that long runs need no deep stack. */
function repeatChar({ min, max, mode }: RegexNode & { type: 'repeat' }, test: CharTest): Matcher {
  return (state, at, next) => {
    const { codes, runtime } = state;
    const end = Math.min(codes.length, at + max);
    let stop = at;
    if (mode === 'lazy') {
      for (; ; stop += 1) {
        runtime.step();
        if (stop >= at + min && next(stop)) {
          return true;
        }
        if (stop >= end || !test(codes[stop] as number)) {
          return false;
        }
      }
    }
    while (stop < end && test(codes[stop] as number)) {
      stop += 1;
    }
    runtime.spend(stop - at + 1);
    for (; stop >= at + min; stop -= 1) {
      if (next(stop)) {
        return true;
      }
      runtime.step();
    }
    return false;
  };
}

function repeatBody({ min, max, mode }: RegexNode & { type: 'repeat' }, body: Matcher): Matcher {
  const attempt = (state: MatchState, position: { at: number; count: number }, next: Next): boolean => {
    const { at, count } = position;
    state.runtime.step();
    const more = (): boolean =>
      count < max &&
      body(state, at, (end) =>
        // An empty turn would repeat for ever; once the minimum is met it ends the loop.
        end === at && count >= min ? false : attempt(state, { at: end, count: count + 1 }, next),
      );
    if (count < min) {
      return more();
    }
    return mode === 'lazy' ? next(at) || more() : more() || next(at);
  };
  return (state, at, next) => attempt(state, { at, count: 0 }, next);
}

/** A compiled pattern: finds the first match at or after a position. */
export class RegexProgram {
  readonly parsed: ParsedRegex;
  private readonly matcher: Matcher;

  constructor(parsed: ParsedRegex) {
    this.parsed = parsed;
    this.matcher = compile(parsed.root);
  }

  /** Start and end of every group of the first match, or undefined. */
  search(
    codes: readonly number[],
    from: number,
    options: { runtime: Runtime; isLongest: boolean; isNotEmpty: boolean },
  ): number[] | undefined {
    const { runtime, isLongest, isNotEmpty } = options;
    const groups: number[] = [];
    for (let slot = (this.parsed.groupCount + 1) * 2; slot > 0; slot -= 1) {
      groups.push(-1);
    }
    for (let start = from; start <= codes.length; start += 1) {
      // A failed attempt leaves the groups as it found them, so one array serves all attempts.
      groups[0] = start;
      let best: number[] | undefined;
      this.matcher({ codes, groups, runtime }, start, (end) => {
        if ((isNotEmpty && end === start) || (best !== undefined && end <= (best[1] as number))) {
          return false;
        }
        best = [...groups];
        best[1] = end;
        return !isLongest;
      });
      if (best !== undefined) {
        return best;
      }
    }
    return undefined;
  }
}

import { evaluate, instanceLabel } from './evaluate';

describe('an expression in the panel', () => {
  const input = { amount: 3, lines: [1, 2] };
  const variables = { context: { seen: true } };

  it('gives all its values, of which the engine takes the first', () => {
    expect(evaluate('.lines[]', input, variables)).toEqual({ kind: 'values', values: [1, 2], cut: false });
    expect(evaluate('${ $context.seen and .amount > 2 }', input, variables)).toMatchObject({
      values: [true],
    });
    expect(evaluate('empty', input, variables)).toEqual({ kind: 'values', values: [], cut: false });
    expect(evaluate('1, error("x")', input, variables)).toEqual({ kind: 'values', values: [1], cut: true });
    expect(evaluate('  ', input, variables)).toEqual({ kind: 'none' });
  });

  it('says at which place of the typed text it is no jq', () => {
    const bare = evaluate('.amount +* 2', input, variables);
    expect(bare).toMatchObject({ kind: 'syntax', from: 9, to: 10 });
    expect(evaluate('${ .amount +* 2 }', input, variables)).toMatchObject({ kind: 'syntax', from: 12 });
    const unknown = evaluate('.a | $nowhere', input, variables);
    expect(unknown).toMatchObject({
      kind: 'syntax',
      from: 5,
      to: 13,
      message: expect.stringContaining('nowhere'),
    });
  });

  it('tells what went wrong while it ran, and stops what has no end', () => {
    expect(evaluate('.amount.x', input, variables)).toMatchObject({
      kind: 'error',
      message: expect.stringContaining('number'),
    });
    expect(evaluate('last(range(1e9))', input, variables)).toMatchObject({
      kind: 'error',
      message: expect.stringContaining('steps'),
    });
    expect(evaluate('range(1000)', input, variables)).toMatchObject({ kind: 'values', cut: true });
  });

  it('names turns, branches and visits', () => {
    const of = (position: string, state = 'completed') => instanceLabel({ name: 'paint', position, state });
    expect(of('/do/0/paint')).toBe('paint');
    expect(of('/do/0/outer[1]/do/0/inner[4]/do/0/paint')).toBe('paint (turn 2.5)');
    expect(of('/do/0/wide/fork/branches/3/paint', 'faulted')).toBe('paint (branch 4, faulted)');
    expect(of('/do/0/paint#2')).toBe('paint (visit 2)');
  });
});

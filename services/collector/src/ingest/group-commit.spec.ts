import type { SpanRow } from '@tutti/store';
import { GroupCommit } from './group-commit.js';

const row = (name: string) => ({ name }) as SpanRow;
const names = (rows: readonly SpanRow[]) => rows.map((one) => one.name);

/** An insert whose statements end when the test says so. */
function heldInsert() {
  const statements: string[][] = [];
  const ends: ((error?: Error) => void)[] = [];
  const insert = (rows: readonly SpanRow[]) => {
    statements.push(names(rows));
    return new Promise<void>((resolve, reject) =>
      ends.push((error) => (error === undefined ? resolve() : reject(error))),
    );
  };
  return { statements, ends, insert };
}

async function settled(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

const failure = (code: string) => Object.assign(new Error(`sql state ${code}`), { code });

describe('the group commit', () => {
  it('takes everything that arrived while the last statement was under way into one statement', async () => {
    const { statements, ends, insert } = heldInsert();
    const commit = new GroupCommit(insert, 100);
    const done = [commit.add([row('a')])];
    await settled();
    done.push(commit.add([row('b'), row('c')]), commit.add([row('d')]));
    await settled();
    expect(statements).toEqual([['a']]);
    ends[0]?.();
    await settled();
    expect(statements).toEqual([['a'], ['b', 'c', 'd']]);
    ends[1]?.();
    expect(await Promise.all(done)).toEqual([0, 0, 0]);
  });

  it('keeps a statement within its limit, but never cuts a request apart', async () => {
    const { statements, ends, insert } = heldInsert();
    const commit = new GroupCommit(insert, 3);
    const done = [commit.add(['a', 'b', 'c', 'd'].map(row)), commit.add([row('e')]), commit.add([row('f')])];
    await settled();
    ends[0]?.();
    await settled();
    ends[1]?.();
    await Promise.all(done);
    expect(statements).toEqual([
      ['a', 'b', 'c', 'd'],
      ['e', 'f'],
    ]);
  });

  it('fails every request of the statement when the database fails, and works again afterwards', async () => {
    const { ends, insert } = heldInsert();
    const commit = new GroupCommit(insert, 100);
    const both = [commit.add([row('a')]), commit.add([row('b')])];
    await settled();
    ends[0]?.(failure('57P01'));
    expect((await Promise.allSettled(both)).map((one) => one.status)).toEqual(['rejected', 'rejected']);
    const later = commit.add([row('c')]);
    await settled();
    ends[1]?.();
    expect(await later).toBe(0);
  });

  it('narrows bad data down to its rows: others are stored, and only their sender is told', async () => {
    const stored: string[] = [];
    const commit = new GroupCommit(async (rows) => {
      if (rows.some((one) => one.name.startsWith('bad'))) throw failure('22P02');
      stored.push(...names(rows));
    }, 100);
    const rejected = await Promise.all([
      commit.add([row('a'), row('bad 1'), row('b'), row('bad 2'), row('c')]),
      commit.add([row('d')]),
    ]);
    expect(rejected).toEqual([2, 0]);
    expect(stored.sort()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('is idle when nothing waits', async () => {
    const { ends, insert } = heldInsert();
    const commit = new GroupCommit(insert, 100);
    await commit.idle();
    const done = commit.add([row('a')]);
    let idle = false;
    const wait = commit.idle().then(() => {
      idle = true;
    });
    await settled();
    expect(idle).toBe(false);
    ends[0]?.();
    await Promise.all([done, wait]);
    expect(idle).toBe(true);
    expect(await commit.add([])).toBe(0);
  });
});

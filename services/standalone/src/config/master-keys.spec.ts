import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readMasterKeys } from './master-keys.js';

const KEY = 'ab'.repeat(32);
const OTHER = 'cd'.repeat(32);
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tutti-keys-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A command that runs a program of Node. */
const command = (program: string) => JSON.stringify([process.execPath, '-e', program]);
const problemsOf = (environment: Record<string, string>) => readMasterKeys(environment).problems;

it('takes a key from a variable, a file and a command', () => {
  const file = join(folder, 'key');
  writeFileSync(file, `${KEY.toUpperCase()}\n`);
  const read = (environment: Record<string, string>) => readMasterKeys(environment);
  expect(read({ TUTTI_MASTER_KEY: KEY }).keys.masterKey).toBe(KEY);
  expect(read({ TUTTI_MASTER_KEY_FILE: file }).keys.masterKey).toBe(KEY);
  const printed = command(`console.log('${KEY}')`);
  expect(read({ TUTTI_MASTER_KEY_COMMAND: printed })).toMatchObject({
    keys: { masterKey: KEY },
    problems: [],
  });
  expect(read({ TUTTI_MASTER_KEY_COMMAND: `cat ${file}` }).keys.masterKey).toBe(KEY);
  expect(read({ TUTTI_MASTER_KEY: OTHER, TUTTI_MASTER_KEY_PREVIOUS_FILE: file })).toEqual({
    keys: { masterKey: OTHER, previousKey: KEY, lostKeyId: undefined },
    problems: [],
  });
  expect(read({})).toEqual({ keys: {}, problems: [] });
});

it('refuses two sources of one key, and one key twice', () => {
  expect(problemsOf({ TUTTI_MASTER_KEY: KEY, TUTTI_MASTER_KEY_COMMAND: 'false' })).toEqual([
    'TUTTI_MASTER_KEY and TUTTI_MASTER_KEY_COMMAND are both set: keep one of them.',
  ]);
  expect(
    problemsOf({ TUTTI_MASTER_KEY: KEY, TUTTI_MASTER_KEY_FILE: '/x', TUTTI_MASTER_KEY_COMMAND: 'false' }),
  ).toEqual([
    'TUTTI_MASTER_KEY and TUTTI_MASTER_KEY_FILE and TUTTI_MASTER_KEY_COMMAND are all set: keep one of them.',
  ]);
  expect(problemsOf({ TUTTI_MASTER_KEY: KEY, TUTTI_MASTER_KEY_PREVIOUS: KEY.toUpperCase() })).toEqual([
    'TUTTI_MASTER_KEY_PREVIOUS is the same key as TUTTI_MASTER_KEY: leave it out.',
  ]);
});

it.each([
  [
    command(`process.stderr.write('no such token'); console.log('${KEY}'); process.exit(3)`),
    /exit code 3: no such token$/,
  ],
  [command('process.kill(process.pid, "SIGTERM")'), /was ended by SIGTERM/],
  [command(`console.log('${KEY}canary')`), /of TUTTI_MASTER_KEY_COMMAND\) must have 64 hex digits/],
  [command(`console.log('canary'.repeat(100000))`), /printed more than a key/],
  ['/no/such/program', /cannot be started: ENOENT/],
  ['["unfinished', /is no JSON array of texts/],
])('tells how a command failed, never what it printed: %s', (given, problem) => {
  const [told, ...more] = problemsOf({ TUTTI_MASTER_KEY_COMMAND: given });
  expect(more).toEqual([]);
  expect(told).toMatch(problem);
  expect(told).not.toMatch(/canary|abab/);
});

it('runs a command without a shell', () => {
  const mark = join(folder, 'made-by-a-shell');
  problemsOf({ TUTTI_MASTER_KEY_COMMAND: `echo ${KEY} > ${mark}` });
  expect(problemsOf({ TUTTI_MASTER_KEY_FILE: mark })).toEqual([expect.stringContaining('cannot be read')]);
});

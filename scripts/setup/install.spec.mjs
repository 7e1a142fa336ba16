import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { explainInstallFailure, holdsLocked } from './install.mjs';

const cause = (output) => explainInstallFailure(output).message;

describe('explainInstallFailure', () => {
  it.each([
    ['npm error code ENOTFOUND', 'The npm registry cannot be reached.'],
    ['npm error connect ECONNREFUSED 127.0.0.1:9', 'The npm registry cannot be reached.'],
    ['npm error code E403', 'The npm registry refused the request.'],
    ['npm error code ENOSPC\nnpm error network', 'The disk is full.'],
    ['npm error code EACCES', 'npm may not write to one of its folders'],
    ['npm error code EINTEGRITY', 'A package does not match its checksum.'],
    ['npm error code EUSAGE', 'package.json and package-lock.json do not fit together.'],
  ])('reads %j', (output, message) => {
    expect(cause(output)).toContain(message);
  });

  it("shows npm's own words when it does not know the cause", () => {
    const error = explainInstallFailure('npm error something new');
    expect(error.details).toContain('npm error something new');
    expect(error.remedy).toContain('npm ci');
  });
});

describe('holdsLocked', () => {
  let folder;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'tutti-install-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const check = (wanted, found) => {
    writeFileSync(join(folder, 'lock'), JSON.stringify({ packages: wanted }));
    if (found) writeFileSync(join(folder, 'list'), JSON.stringify({ packages: found }));
    return holdsLocked(join(folder, 'lock'), join(folder, 'list'));
  };
  const wanted = {
    '': {},
    'libs/jq': { version: '0.1.0' },
    'node_modules/a': { version: '1.0.0' },
    'node_modules/b-win32': { version: '1.0.0', optional: true },
  };

  it('takes what npm installed by hand, without the packages of other platforms', () => {
    expect(check(wanted, { 'node_modules/a': { version: '1.0.0' } })).toBe(true);
  });

  it('refuses another version, a missing package and an unfinished install', () => {
    expect(check(wanted, { 'node_modules/a': { version: '1.0.1' } })).toBe(false);
    expect(check(wanted, {})).toBe(false);
    rmSync(join(folder, 'list'));
    expect(check(wanted, null)).toBe(false);
  });
});

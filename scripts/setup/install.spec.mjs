import { explainInstallFailure } from './install.mjs';

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

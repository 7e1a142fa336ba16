import { SetupError, explainFileError } from './setup-error.mjs';

const fileError = (code) => Object.assign(new Error(code), { code, path: '/clone/file' });

describe('explainFileError', () => {
  it.each(['EROFS', 'EACCES', 'EPERM'])('says of %s that the folder cannot be written to', (code) => {
    const error = explainFileError(fileError(code));
    expect(error).toBeInstanceOf(SetupError);
    expect(error.message).toContain(`Cannot write to /clone/file (${code})`);
    expect(error.remedy).toContain('chown');
  });

  it.each(['ENOSPC', 'EDQUOT'])('says of %s that the disk is full', (code) => {
    expect(explainFileError(fileError(code)).message).toContain('The disk is full');
  });

  it('leaves a defect as it is, with its stack', () => {
    const defect = new TypeError('x is not a function');
    expect(explainFileError(defect)).toBe(defect);
  });
});

import { checkNpm, checkPlatform, checkSpace } from './platform.mjs';

describe('checks before the set-up', () => {
  it('refuses a Node that is too old, and says what to install', () => {
    expect(() => checkPlatform('16.20.2')).toThrow('Node 18 or newer is needed');
  });

  it('takes this machine', () => {
    expect(() => checkPlatform()).not.toThrow();
  });

  it('refuses an npm that cannot read the lock file', () => {
    expect(() => checkNpm('npm/6.14.18 node/v18.20.0 linux x64')).toThrow(
      'npm 8 or newer is needed; this is npm 6.14.18',
    );
  });

  it('takes a newer npm, and an unknown one', () => {
    expect(() => checkNpm('npm/11.19.1 node/v20.20.2 linux x64')).not.toThrow();
    expect(() => checkNpm('')).not.toThrow();
  });

  it('names step, need and what is free when the disk is too small', () => {
    expect(() => checkSpace(2 ** 40, 'Installing')).toThrow(
      /^Installing needs about \d+ MiB; the disk of .* has \d+ MiB left/,
    );
  });
});

import preset from '../../jest.preset.mjs';

// On a machine that does other things too, five seconds are not always enough.
export default { ...preset, displayName: 'cli', testTimeout: 60_000 };

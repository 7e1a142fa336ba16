import preset from '../../jest.preset.mjs';

// The tests await states of a real database; on a machine that does other things too, five seconds are not
// always enough.
export default { ...preset, displayName: 'api', testTimeout: 60_000 };

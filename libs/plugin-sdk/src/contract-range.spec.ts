import { contractMismatch } from './index.js';

it.each([
  [1, { from: 1, to: 1 }, null],
  [2, { from: 1, to: 3 }, null],
  [4, { from: 2, to: 3 }, 'for contract 4, this hub speaks contracts 2 to 3: update the hub'],
  [1, { from: 2, to: 3 }, 'for contract 1, this hub speaks contracts 2 to 3: install a newer version'],
  [undefined, { from: 1, to: 1 }, '(contract: not there), and this hub speaks contract 1: write contract: 1'],
  ['1', { from: 1, to: 1 }, '(contract: "1")'],
])('says about contract %p at a hub of %p: %p', (found, range, message) => {
  const said = contractMismatch(found, range);
  if (message === null) expect(said).toBeNull();
  else expect(said).toContain(message);
});

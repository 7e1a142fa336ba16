// npm run bench -- scale [--runs 6000] [--no-measure]: what a run costs the database, and how shards
// behave when there are many. docs/scale.md has these figures.
import { parseArgs } from 'node:util';
import { measureRows } from './measure.mjs';
import { simulateShards } from './simulate.mjs';

const cases = [
  [16, 2],
  [16, 4],
  [64, 4],
  [64, 16],
  [256, 16],
  [256, 64],
  [1024, 64],
];

export async function main(args) {
  const { values } = parseArgs({
    args,
    options: {
      runs: { type: 'string', default: '6000' },
      shards: { type: 'string', default: '1000000' },
      'no-measure': { type: 'boolean', default: false },
    },
  });
  const shards = cases.map(([partitions, orchestrators]) =>
    simulateShards({ runs: Number(values.shards), partitions, orchestrators }),
  );
  console.table(
    shards.map(({ perPartition, perOrchestrator, ...rest }) => ({
      ...rest,
      partitionMost: perPartition.most,
      orchestratorMost: perOrchestrator.most,
    })),
  );
  const rows = values['no-measure'] ? null : await measureRows({ runs: Number(values.runs) });
  if (rows) console.log(JSON.stringify(rows, null, 2));
  console.log(JSON.stringify({ shards, rows }));
}

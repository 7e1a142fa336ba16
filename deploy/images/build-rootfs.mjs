// The steps of the images, in one place: the Dockerfiles run this script, and so does the test, without
// Docker.
//
//   node deploy/images/build-rootfs.mjs hub|dashboard OUT
//
// Needs a built clone (`node scripts/build.mjs`) and leaves in OUT everything that the image holds besides
// Node: production dependencies by npm itself, the compiled services, no sources, no tests, no development
// tools.
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { npmCommand } from '../../scripts/setup/install.mjs';
import { root } from '../../scripts/setup/paths.mjs';
import { lastLines } from '../../scripts/setup/run-child.mjs';

/** What each image runs; everything these need comes along. */
const images = {
  hub: { workspaces: ['services/standalone', ...plugins()], extra: ['examples'] },
  dashboard: { workspaces: ['services/standalone'], extra: ['dashboard/.next/standalone'] },
};

/** Never needed to run: tests, types, source maps, the compiler's notes. */
const leftOut = /(\.map|\.d\.[cm]?ts|\.[cm]?tsx?|\.tsbuildinfo|\.spec\.js|\.e2e\.js|\.md|\.markdown|\.flow)$/;
const leftOutFolders = new Set(['coverage', 'testing']);
/** The dashboard shows the documentation. */
const shown = /[\\/]docs[\\/].*\.md$/;
/** Licences and notices stay, whatever their names end on. */
const kept = /^(licen[cs]e|notice|copying)/i;
/**
 * Types of what the code is compiled against, second builds for browsers, and a compiler that a peer asks
 * for.
 */
const leftOutPackages = [
  '@types',
  '@typescript',
  'typescript',
  'typeorm/browser',
  '@opentelemetry/*/build/esm',
  '@opentelemetry/*/build/esnext',
  'rxjs/dist/bundles',
  'rxjs/dist/types',
  'rxjs/src',
];

function plugins() {
  return readdirSync(join(root, 'plugins')).map((name) => `plugins/${name}`);
}

function workspaceFolders() {
  const inside = ['libs', 'services', 'plugins'].flatMap((kind) =>
    readdirSync(join(root, kind)).map((name) => `${kind}/${name}`),
  );
  return [...inside, 'dashboard'].filter((folder) => existsSync(join(root, folder, 'package.json')));
}

function copy(from, to) {
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, to, { recursive: true, dereference: true });
}

/** npm reads the manifests of all workspaces, because the lock file names them all. */
function copyManifests(app) {
  for (const file of ['package.json', 'package-lock.json', '.npmrc']) copy(join(root, file), join(app, file));
  for (const folder of workspaceFolders())
    copy(join(root, folder, 'package.json'), join(app, folder, 'package.json'));
}

function installDependencies(app, workspaces) {
  const [command, args] = npmCommand();
  const flags = [
    'ci',
    '--omit=dev',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--prefer-offline',
    '--loglevel=error',
  ];
  const chosen = workspaces.flatMap((folder) => ['-w', folder]);
  const npm = spawnSync(command, [...args, ...flags, ...chosen], {
    cwd: app,
    encoding: 'utf8',
    // A variable of the outer npm would make the inner one work in the clone.
    env: { ...process.env, npm_config_local_prefix: undefined, npm_config_prefix: undefined, INIT_CWD: app },
  });
  if (npm.status !== 0) throw new Error(`npm ci failed in ${app}:\n${lastLines(npm.stdout + npm.stderr)}`);
}

/** The workspaces that npm linked are those that are needed; the manifests of the others go again. */
function keepNeededWorkspaces(app) {
  const linked = new Set(readdirSync(join(app, 'node_modules', '@tutti')));
  const scopedName = (folder) => JSON.parse(readFileSync(join(app, folder, 'package.json'), 'utf8')).name;
  const needed = [];
  for (const folder of workspaceFolders()) {
    const name = scopedName(folder).split('/')[1];
    // The tests' helpers are linked as every workspace's development dependency is; nothing of them is run.
    if (linked.has(name) && name !== 'testing') needed.push(folder);
    else {
      rmSync(join(app, folder), { recursive: true });
      rmSync(join(app, 'node_modules', '@tutti', name), { force: true });
    }
  }
  return needed;
}

function copyCompiled(app, folders) {
  for (const folder of folders) {
    if (!existsSync(join(root, folder, 'dist')))
      throw new Error(`${folder} is not built. Run: npm run build`);
    copy(join(root, folder, 'dist'), join(app, folder, 'dist'));
  }
}

/** Takes away what is never run. Answers the bytes that are left. */
function prune(folder, ours) {
  let bytes = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isSymbolicLink()) continue;
    if (entry.isDirectory()) {
      // In a package of somebody else's, only its own files say what a folder of that name is for.
      if (ours && leftOutFolders.has(entry.name)) rmSync(path, { recursive: true });
      else bytes += prune(path, ours && entry.name !== 'node_modules');
    } else if (leftOut.test(entry.name) && !kept.test(entry.name) && !(ours && shown.test(path)))
      rmSync(path);
    else bytes += statSync(path).size;
  }
  return bytes;
}

function prunePackages(modules) {
  for (const pattern of leftOutPackages) {
    const [scope, star, ...rest] = pattern.split('/');
    const paths =
      star === '*' && existsSync(join(modules, scope))
        ? readdirSync(join(modules, scope)).map((name) => join(modules, scope, name, ...rest))
        : [join(modules, ...pattern.split('/'))];
    for (const path of paths) rmSync(path, { recursive: true, force: true });
  }
}

/** Makes the folder. Answers the MiB in it by part. */
export function buildRootfs(image, out) {
  const { workspaces, extra } = images[image] ?? {};
  if (!workspaces)
    throw new Error(`There is no image ${image}. There are: ${Object.keys(images).join(', ')}.`);
  if (existsSync(out) && readdirSync(out).length > 0) throw new Error(`${out} is not empty.`);
  const app = join(out, 'app');
  mkdirSync(app, { recursive: true });
  copyManifests(app);
  installDependencies(app, workspaces);
  const folders = keepNeededWorkspaces(app);
  copyCompiled(app, folders);
  for (const folder of extra) copy(join(root, folder), join(app, folder));
  for (const file of ['package-lock.json', '.npmrc', 'node_modules/.package-lock.json'])
    rmSync(join(app, file));
  for (const file of ['LICENSE', 'NOTICE']) copy(join(root, file), join(app, file));
  copy(join(root, 'deploy/images/healthcheck.mjs'), join(app, 'healthcheck.mjs'));
  prunePackages(join(app, 'node_modules'));
  const sizes = Object.fromEntries(
    readdirSync(app, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => [
        entry.name,
        Math.round((prune(join(app, entry.name), entry.name !== 'node_modules') / 2 ** 20) * 10) / 10,
      ]),
  );
  // The version and the fact that it is ESM are all that the root's manifest is still read for.
  const { name, version, license, type } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  writeFileSync(
    join(app, 'package.json'),
    `${JSON.stringify({ name, version, license, type, private: true })}\n`,
  );
  return sizes;
}

if (process.argv[1] === import.meta.filename) {
  const [image, out] = process.argv.slice(2);
  if (!image || !out) throw new Error('Usage: node deploy/images/build-rootfs.mjs hub|dashboard OUT');
  console.log(`${image}: MiB by folder ${JSON.stringify(buildRootfs(image, out))}`);
}

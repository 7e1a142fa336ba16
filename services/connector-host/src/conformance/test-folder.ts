import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  reportOf,
  subjectOf,
  testConformance,
  type ConformanceOptions,
  type ConformanceReport,
} from '@tutti/plugin-sdk/conformance';
import { integrityOf } from '@tutti/store';
import { IsolatedPlugins, type IsolatedPlugin } from '../isolation/isolated-plugins.js';
import { LIMITS } from '../limits.js';
import { PackageFolders } from '../plugins/package-folders.js';
import { loadPluginPackage, type PluginPackage } from '../plugins/plugin-packages.js';
import { examplesOf } from './examples-file.js';
import { isolatedSubject } from './isolated-subject.js';
import { pluginSource, withoutTypes, type PluginSource } from './plugin-sources.js';

/** What is to be tested. */
export interface FolderTest {
  folder: string;
  /** The package that npm makes of the folder: what would be installed. Absent: its sources. */
  tarball?: string | undefined;
  /** It comes with the hub, and runs in this process. */
  own?: boolean | undefined;
  options?: ConformanceOptions | undefined;
}

/** A process that was killed for a finding is started again at once, and never quarantined. */
const LIMITS_OF_TEST = {
  pluginBackOffMs: 0,
  pluginBackOffMsMax: 0,
  pluginEndsMax: LIMITS.pluginAsksMax,
};

const WITH_DATABASE = 'call `testPlugin` of @tutti/plugin-sdk/conformance in its own tests, with a database.';

/** How long a call may go on after it was cancelled, before its process is ended. */
const CANCEL_MS_MAX = 30_000;

/** The conformance suite over the folder of a plugin, isolated as it would be when it is installed. */
export async function testPluginFolder(test: FolderTest): Promise<ConformanceReport> {
  const source = await pluginSource(test.folder);
  const examples = await examplesOf(test.folder);
  if (test.own === true) return testOwn(source, examples, test.options);
  const temporary = await realpath(await mkdtemp(join(tmpdir(), 'tutti-plugin-test-')));
  const folders = new PackageFolders(temporary);
  try {
    const found =
      test.tarball === undefined
        ? await withoutTypes(source, await mkdtemp(join(temporary, 'sources-')))
        : await unpacked(folders, test.tarball);
    return await testIsolated(found, examples, test.options);
  } finally {
    await folders.close();
    await rm(temporary, { recursive: true, force: true });
  }
}

async function testOwn(
  { folder, name, version, entry }: PluginSource,
  examples: unknown,
  options?: ConformanceOptions,
): Promise<ConformanceReport> {
  const module = pathToFileURL(entry).href;
  const loaded = await loadPluginPackage({ folder, name, version, summary: undefined, module });
  if ('error' in loaded) return unfit({ name, version }, loaded.error, false);
  if (loaded.plugin.database !== undefined && options?.database === undefined)
    return unfit({ name, version }, `It has a database of its own: ${WITH_DATABASE}`, false);
  return testConformance(subjectOf(loaded.plugin), examples, options);
}

async function unpacked(folders: PackageFolders, path: string): Promise<PluginPackage> {
  const tarball = await readFile(path);
  return folders.unpack({ integrity: integrityOf(tarball) }, tarball);
}

async function testIsolated(
  found: PluginPackage,
  examples: unknown,
  options?: ConformanceOptions,
): Promise<ConformanceReport> {
  const lines: string[] = [];
  const cancelMsMax = options?.cancelMsMax ?? CANCEL_MS_MAX;
  const plugins = new IsolatedPlugins({
    line: (_level, text) => lines.push(text),
    count: () => undefined,
    quarantined: () => Promise.resolve(),
    isReleased: () => Promise.resolve(true),
    limits: { ...LIMITS_OF_TEST, pluginCancelGraceMs: cancelMsMax },
  });
  let isolated: IsolatedPlugin;
  try {
    isolated = await plugins.load(found);
  } catch (error) {
    return unfit(found, (error as Error).message, true);
  }
  try {
    return await testConformance(isolatedSubject(isolated, lines), examples, { ...options, cancelMsMax });
  } finally {
    await plugins.stop();
  }
}

/** A plugin that cannot be loaded: nothing more can be said about it. */
function unfit(
  { name, version }: Pick<PluginSource, 'name' | 'version'>,
  message: string,
  isolated: boolean,
): ConformanceReport {
  const result = { check: 'manifest', place: 'the plugin', state: 'failed', message } as const;
  return reportOf({ plugin: name, version, isolated }, [result]);
}

import { gzipSync } from 'node:zlib';
import { pluginTarball, type TarEntry, tarballOf } from '@tutti/testing';
import { integrityOf, PLUGIN_LIMITS, PluginRefused, readPluginTarball } from './plugin-tarball.js';

const GOOD = { name: '@acme/util-good', version: '2.1.0' };
const refusal = (bytes: Buffer) =>
  readPluginTarball(bytes).then(
    () => 'taken',
    (error: unknown) => (error instanceof PluginRefused ? error.message : `${String(error)} (no refusal)`),
  );
const withFiles = (...files: TarEntry[]) => refusal(pluginTarball({ ...GOOD, files }));

describe('the tarball of a plugin', () => {
  it('is read with its files, its entry and its integrity', async () => {
    const bytes = pluginTarball({ ...GOOD, files: [{ path: 'lib/more.js', text: 'export {};' }] });
    const read = await readPluginTarball(bytes);
    expect(read).toMatchObject({
      name: 'util-good',
      version: '2.1.0',
      packageName: '@acme/util-good',
      summary: 'A plugin of a test.',
      entry: 'index.js',
      integrity: integrityOf(bytes),
    });
    expect(read.files.map(({ path }) => path)).toEqual(['package.json', 'index.js', 'lib/more.js']);
    expect(read.files[2]?.bytes.toString()).toBe('export {};');
  });

  it.each<[string, TarEntry, string]>([
    ['climbs out', { path: '', at: 'package/../../evil.js' }, 'does not stay'],
    ['climbs within', { path: 'a/../b.js' }, 'does not stay'],
    ['is absolute', { path: '', at: '/etc/evil.js' }, 'does not stay'],
    ['stands beside the package', { path: '', at: 'evil.js' }, 'does not stay'],
    ['has a backslash', { path: 'a\\..\\b.js' }, 'does not stay'],
    ['has a drive', { path: 'C:evil.js' }, 'does not stay'],
    ['has a line feed', { path: 'a\nb.js' }, 'does not stay'],
    ['is empty within', { path: 'a//b.js' }, 'does not stay'],
    ['is a symbolic link', { path: 'l', type: 'SymbolicLink', linkpath: '/etc' }, 'SymbolicLink'],
    ['is a hard link', { path: 'l', type: 'Link', linkpath: 'package/index.js' }, 'Link'],
    ['is a device', { path: 'd', type: 'CharacterDevice' }, 'CharacterDevice'],
    ['is there twice', { path: 'index.js' }, 'twice'],
    ['is there twice in another case', { path: 'INDEX.js' }, 'twice'],
    ['is a file and a folder', { path: 'index.js/x.js' }, 'as a file and as a folder'],
    ['is native', { path: 'build/a.node' }, 'native code'],
    ['is built natively', { path: 'binding.gyp' }, 'native code'],
    ['is installed', { path: 'node_modules/a/index.js' }, 'node_modules'],
    ['is too long', { path: `${'a'.repeat(145)}/${'b'.repeat(98)}` }, 'pathLengthMax'],
  ])('is refused for a path that %s', async (...[, file, message]) => {
    expect(await withFiles(file)).toContain(message);
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['a dependency', { dependencies: { zod: '*', 'left-pad': '1' } }, 'left-pad. Nothing is installed'],
    ['an optional dependency', { optionalDependencies: { a: '1' } }, 'optionalDependencies: a'],
    ['another peer', { peerDependencies: { react: '1' } }, 'peerDependencies: react'],
    ['no version', { version: 'one' }, 'no semantic "version"'],
    ['a name of no plugin', { name: 'plain' }, 'such as "crm-acme"'],
    ['a name that climbs', { name: '../util-good' }, 'no valid "name"'],
    ['no entry', { tutti: undefined }, 'does not say that it is a plugin'],
    ['an entry that is not there', { tutti: { plugin: './gone.js' } }, 'is not in the package'],
  ])('is refused for %s', async (...[, manifest, message]) => {
    expect(await refusal(pluginTarball({ ...GOOD, manifest }))).toContain(message);
  });

  it('may depend on what the host gives', async () => {
    const manifest = {
      dependencies: { zod: '^4', '@tutti/plugin-sdk': '*' },
      scripts: { install: 'exit 1' },
    };
    expect(await refusal(pluginTarball({ ...GOOD, manifest }))).toBe('taken');
  });

  it('is refused when it is none', async () => {
    const good = pluginTarball(GOOD);
    expect(await refusal(Buffer.from('hello'))).toContain('no npm tarball');
    expect(await refusal(good.subarray(0, good.length - 40))).toContain('no npm tarball');
    expect(await refusal(tarballOf([{ path: 'readme.md', text: 'x' }]))).toContain('no package.json');
    expect(await refusal(tarballOf([{ path: 'package.json', text: '[]' }]))).toContain('not a JSON object');
  });

  it('is refused above each limit', async () => {
    const many = Array.from({ length: PLUGIN_LIMITS.files }, (_, i) => ({ path: `f${i}` }));
    expect(await withFiles(...many)).toContain('limit files');
    expect(await refusal(Buffer.alloc(PLUGIN_LIMITS.tarballBytesMax + 1))).toContain('limit tarballBytesMax');
    // Small as it is sent, large unpacked.
    const bomb = gzipSync(Buffer.alloc(PLUGIN_LIMITS.unpackedBytesMax + 1));
    expect(bomb.length).toBeLessThan(1024 * 1024);
    const files = [{ path: 'zeros', text: '\0'.repeat(PLUGIN_LIMITS.unpackedBytesMax) }];
    expect(await withFiles(...files)).toContain('limit unpackedBytesMax');
    expect(await refusal(bomb)).not.toBe('taken');
  });
});

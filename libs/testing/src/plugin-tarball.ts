import { gzipSync } from 'node:zlib';
import { Header } from 'tar';

/** One entry of a tarball; a path stands below `package/` unless `at` says where. */
export interface TarEntry {
  path: string;
  text?: string;
  /** The whole path, for what does not lie below `package/`. */
  at?: string;
  type?: 'File' | 'SymbolicLink' | 'Link' | 'Directory' | 'CharacterDevice';
  linkpath?: string;
}

const BLOCK_BYTES = 512;

/** A tarball with these entries as they are told, good or bad. */
export function tarballOf(entries: readonly TarEntry[]): Buffer {
  const blocks = entries.flatMap(({ path, text = '', at, type = 'File', linkpath }) => {
    const bytes = Buffer.from(text);
    const header = new Header({
      path: at ?? `package/${path}`,
      mode: 0o644,
      mtime: new Date(0),
      size: type === 'File' ? bytes.length : 0,
      type,
      ...(linkpath === undefined ? {} : { linkpath }),
    });
    header.encode();
    const padding = Buffer.alloc((BLOCK_BYTES - (bytes.length % BLOCK_BYTES)) % BLOCK_BYTES);
    return type === 'File' ? [header.block as Buffer, bytes, padding] : [header.block as Buffer];
  });
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK_BYTES)]));
}

export interface TestPlugin {
  /** Name of the package; without its scope it is the plugin's. */
  name: string;
  version?: string;
  /** The module; default: a plugin with one capability, `util.size`. */
  module?: string;
  /** More for the package.json. */
  manifest?: Record<string, unknown>;
  /** More entries. */
  files?: readonly TarEntry[];
}

/** The tarball of a plugin as `npm pack` makes it. */
export function pluginTarball({ name, version = '1.0.0', module, manifest, files = [] }: TestPlugin): Buffer {
  const about = {
    name,
    version,
    type: 'module',
    description: 'A plugin of a test.',
    tutti: { plugin: './index.js' },
    peerDependencies: { '@tutti/plugin-sdk': '*', zod: '*' },
    ...manifest,
  };
  return tarballOf([
    { path: 'package.json', text: JSON.stringify(about) },
    { path: 'index.js', text: module ?? testPluginModule(name) },
    ...files,
  ]);
}

/** The text of a module with one capability, `util.size`; `output` goes into the object that it answers. */
export function testPluginModule(name: string, output = 'n: settings.size', schema = 'n: z.int()'): string {
  return `import { z } from 'zod';
export default {
  contract: 1,
  name: '${name.replace(/^@[^/]+\//, '')}',
  kind: 'util',
  settings: z.object({ size: z.int(), key: z.string().meta({ secret: true }).optional() }),
  capabilities: {
    'util.size': {
      summary: 'Size.',
      effect: 'read',
      input: z.object({}),
      output: z.object({ ${schema} }),
      run: ({ settings }) => ({ ${output} }),
    },
  },
};
`;
}

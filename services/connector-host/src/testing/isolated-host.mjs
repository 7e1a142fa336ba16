// A host process of one plugin, to be killed: isolated-host.mjs <folder of the package> <module>. It prints
// the number of the plugin's process, and calls the capability that it is asked for on its standard input.
import { registerHooks } from 'node:module';

registerHooks({
  resolve: (specifier, context, next) =>
    next(
      context.parentURL?.endsWith('.ts') ? specifier.replace(/^(\.{1,2}\/.*)\.js$/, '$1.ts') : specifier,
      context,
    ),
});
const { IsolatedPlugins } = await import(new URL('../isolation/isolated-plugins.ts', import.meta.url).href);
const [folder, module] = process.argv.slice(2);
const plugins = new IsolatedPlugins({
  line: () => undefined,
  count: () => undefined,
  quarantined: async () => undefined,
  isReleased: async () => false,
});
const { plugin, pid } = await plugins.load({ name: 'util-life', version: '2.1.0', folder, module });
process.stdout.write(`${pid()}\n`);
process.stdin.on('data', (name) => {
  const context = { settings: {}, input: {}, idempotencyKey: 'k', signal: new AbortController().signal };
  plugin.capabilities[String(name).trim()]?.run(context).catch(() => undefined);
});

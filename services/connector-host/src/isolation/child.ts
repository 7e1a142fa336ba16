/**
 * Where the process of a plugin begins:
 * `node [guards] child.js <module of the plugin> <folder of the plugin> <folders of the host's own code>`,
 * with the pipe to its host as file 3. It ends when that pipe does.
 *
 * Tests start this file as it is: values of other files are taken when those can be found, see
 * `closeModules`.
 */
import { Socket } from 'node:net';
import { pathToFileURL } from 'node:url';

type ClosedWorld = typeof import('./closed-world.js');
type GuestModule = typeof import('./guest.js');

const [module = '', folder = '', ...trusted] = process.argv.slice(2);
const ownUrl = import.meta.url;
const end = process.exit.bind(process);
const socket = new Socket({ fd: 3 });
const beside = (name: string) => new URL(`./${name}.${ownUrl.endsWith('.ts') ? 'ts' : 'js'}`, ownUrl).href;

const { closeGlobals, closeModules } = (await import(beside('closed-world'))) as ClosedWorld;
const early: string[] = [];
let refused = (what: string): void => void early.push(what);
closeModules({
  trusted: trusted.map(folderUrl),
  folder: folderUrl(folder),
  host: ownUrl,
  refused: (what) => refused(what),
});
const { Guest } = (await import(beside('guest'))) as GuestModule;
const guest = new Guest(socket, end);
refused = (what) => guest.refused(what);
early.forEach(refused);
process.on('unhandledRejection', (reason) => guest.stray(reason));
process.on('uncaughtException', (error) => {
  guest.stray(error);
  // Nobody knows what was left half done. The line about it needs a moment to leave.
  setImmediate(() => end(1));
});
closeGlobals(refused, (level, values) => guest.say(level, values));
await guest.load(module);

function folderUrl(path: string): string {
  return `${pathToFileURL(path).href.replace(/\/$/, '')}/`;
}

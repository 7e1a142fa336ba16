import { readdir, readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { renderDocs, type DocsPage } from './docs-page';

/** The documentation of this release: beside the dashboard's folder, in the sources and where it is built. */
const FOLDER = join(process.cwd(), '..', 'docs');

/** A page in the list of all pages. */
export interface DocsEntry {
  /** Below /docs. */
  page: string;
  title: string;
  /** The folder that it is in, `''` for the first ones. */
  group: string;
}

/** All pages, folder by folder, by title. */
export async function listDocs(): Promise<DocsEntry[]> {
  const files = (await readdir(FOLDER, { recursive: true })).filter((file) => file.endsWith('.md'));
  const entries = await Promise.all(
    files.map(async (file) => {
      const page = file.replace(/\.md$/, '').replaceAll('\\', '/');
      const [, title = page] = /^# (.*)$/m.exec(await readFile(join(FOLDER, file), 'utf8')) ?? [];
      return { page, title: title.replaceAll('`', ''), group: posix.dirname(page).replace(/^\.$/, '') };
    }),
  );
  return entries.sort(
    (a, b) => a.group.localeCompare(b.group) || a.title.localeCompare(b.title, undefined, { numeric: true }),
  );
}

/** A page by its path below /docs; undefined: there is none. */
export async function readDocs(path: readonly string[]): Promise<DocsPage | undefined> {
  if (!path.every((part) => /^[\w][\w.-]*$/.test(part))) return undefined;
  try {
    const text = await readFile(join(FOLDER, `${path.join('/')}.md`), 'utf8');
    return renderDocs(text, path.slice(0, -1).join('/'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** A picture of the pages; undefined: there is none. */
export async function readPicture(file: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (!/^[\w-]+\.png$/.test(file)) return undefined;
  try {
    return new Uint8Array(await readFile(join(FOLDER, 'screenshots', file)));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

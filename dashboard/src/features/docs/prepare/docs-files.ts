import { readdir, readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { cache } from 'react';
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

let entries: Promise<DocsEntry[]> | undefined;

/** All pages, folder by folder, by title. They come with the release, so they are looked for once. */
export function listDocs(): Promise<DocsEntry[]> {
  entries ??= findDocs().catch((error: unknown) => {
    entries = undefined;
    throw error;
  });
  return entries;
}

async function findDocs(): Promise<DocsEntry[]> {
  const files = (await readdir(FOLDER, { recursive: true })).filter((file) => file.endsWith('.md'));
  const found = await Promise.all(
    files.map(async (file) => {
      const page = file.replace(/\.md$/, '').replaceAll('\\', '/');
      const [, title = page] = /^# (.*)$/m.exec(await readFile(join(FOLDER, file), 'utf8')) ?? [];
      return { page, title: title.replaceAll('`', ''), group: posix.dirname(page).replace(/^\.$/, '') };
    }),
  );
  return found.sort(
    (a, b) => a.group.localeCompare(b.group) || a.title.localeCompare(b.title, undefined, { numeric: true }),
  );
}

/** A page by its path below /docs, read once for its title and its text; undefined: there is none. */
export const readDocs = cache(async (page: string): Promise<DocsPage | undefined> => {
  if (!page.split('/').every((part) => /^[\w][\w.-]*$/.test(part))) return undefined;
  const bytes = await readExisting(join(FOLDER, `${page}.md`));
  return bytes && renderDocs(bytes.toString('utf8'), posix.dirname(page).replace(/^\.$/, ''));
});

/** A picture of the pages; undefined: there is none. */
export async function readPicture(file: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (!/^[\w-]+\.png$/.test(file)) return undefined;
  const bytes = await readExisting(join(FOLDER, 'screenshots', file));
  return bytes && new Uint8Array(bytes);
}

async function readExisting(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { renderDocs, sectionId } from './docs-page';

const DOCS = join(import.meta.dirname, '../../../../../docs');
const PAGES = readdirSync(DOCS, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.md'));

/** Every address of the dashboard's documentation, those of sections included. */
function places(): Set<string> {
  return new Set(
    PAGES.flatMap((file) => {
      const text = readFileSync(join(DOCS, file), 'utf8');
      const page = `/docs/${file.replace(/\.md$/, '')}`;
      const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(
        ([, heading = '']) => `${page}#${sectionId(heading)}`,
      );
      return [page, ...headings];
    }),
  );
}

describe('the links of the documentation', () => {
  const known = places();
  const pictures = new Set(readdirSync(join(DOCS, 'screenshots')).map((file) => `/api/docs/${file}`));
  it.each(PAGES)('of %s lead to pages, sections and pictures that exist', (file) => {
    const folder = posix.dirname(file).replace(/^\.$/, '');
    const { html } = renderDocs(readFileSync(join(DOCS, file), 'utf8'), folder);
    const page = `/docs/${file.replace(/\.md$/, '')}`;
    const links = [...html.matchAll(/ (?:href|src)="([/#][^"]*)"/g)].map(([, to = '']) =>
      to.startsWith('#') ? page + to : to,
    );
    expect(links.filter((to) => !known.has(to) && !pictures.has(to))).toEqual([]);
  });
});

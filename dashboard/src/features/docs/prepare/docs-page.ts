import { posix } from 'node:path';
import { Marked, type Tokens } from 'marked';
import { docsHref } from './docs-href';

/** A page of the documentation, ready to be shown. */
export interface DocsPage {
  title: string;
  html: string;
  /** Its sections, for the list beside it. */
  sections: { id: string; text: string }[];
}

/** The id of a heading, as GitHub makes it, so that links between the files lead to the same place. */
export function sectionId(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-');
}

/**
 * A link of a page as it is in the dashboard. Pages of docs/ and pictures are served here; a file elsewhere
 * in the project has no address here.
 *
 * @param folder of the page below docs/, `''` or like `workflows`
 */
function targetOf(href: string, folder: string): string | null {
  if (/^([a-z]+:|#|\/)/i.test(href)) return href;
  const [file = '', section] = href.split('#');
  const path = posix.normalize(posix.join(folder, file));
  if (path.startsWith('..')) return null;
  if (/^screenshots\/[\w.-]+\.png$/.test(path)) return `/api/docs/${posix.basename(path)}`;
  return path.endsWith('.md') ? docsHref(`${path}${section === undefined ? '' : `#${section}`}`) : null;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** HTML in a page is shown as text: the pages are written in Markdown alone. */
export function renderDocs(markdown: string, folder: string): DocsPage {
  const sections: DocsPage['sections'] = [];
  let title = 'Documentation';
  const marked = new Marked({
    renderer: {
      html: ({ text }: Tokens.HTML | Tokens.Tag) => escaped(text),
      heading({ tokens, depth, text }: Tokens.Heading) {
        const content = this.parser.parseInline(tokens);
        if (depth === 1) {
          title = text;
          return '';
        }
        const id = sectionId(text);
        if (depth === 2) sections.push({ id, text: text.replaceAll('`', '') });
        return `<h${depth} id="${escaped(id)}">${content}</h${depth}>\n`;
      },
      link({ href, tokens }: Tokens.Link) {
        const content = this.parser.parseInline(tokens);
        const target = targetOf(href, folder);
        return target === null ? content : `<a href="${escaped(target)}">${content}</a>`;
      },
      image({ href, text }: Tokens.Image) {
        const target = targetOf(href, folder);
        return target === null ? escaped(text) : `<img src="${escaped(target)}" alt="${escaped(text)}">`;
      },
      table(token: Tokens.Table) {
        const row = (cells: Tokens.TableCell[], tag: 'td' | 'th') =>
          `<tr>${cells.map(({ tokens }) => `<${tag}>${this.parser.parseInline(tokens)}</${tag}>`).join('')}</tr>`;
        const head = token.header.some(({ text }) => text !== '')
          ? `<thead>${row(token.header, 'th')}</thead>`
          : '';
        const body = token.rows.map((cells) => row(cells, 'td')).join('');
        return `<div class="docs-wide" tabindex="0"><table>${head}<tbody>${body}</tbody></table></div>`;
      },
      code({ text }: Tokens.Code) {
        return `<pre tabindex="0"><code>${escaped(text)}</code></pre>`;
      },
    },
  });
  const html = marked.parse(markdown, { async: false });
  return { title, html, sections };
}

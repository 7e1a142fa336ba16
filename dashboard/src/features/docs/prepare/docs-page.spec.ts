import { docsHref } from './docs-href';
import { renderDocs, sectionId } from './docs-page';

describe('a page of the documentation', () => {
  it.each([
    ['docs/workflows/findings.md#no-timeout', '/docs/workflows/findings#no-timeout'],
    ['docs/limits.md', '/docs/limits'],
  ])('of %s is at %s', (path, href) => expect(docsHref(path)).toBe(href));

  it.each([
    ['What is in it', 'what-is-in-it'],
    ['`run: shell`, and more', 'run-shell-and-more'],
  ])('has the section "%s" at #%s', (heading, id) => expect(sectionId(heading)).toBe(id));

  it('has its title apart, and its sections', () => {
    const page = renderDocs('# Limits\n\nText.\n\n## Of `runs`\n\n### Small\n', '');
    expect(page).toEqual({
      title: 'Limits',
      html: '<p>Text.</p>\n<h2 id="of-runs">Of <code>runs</code></h2>\n<h3 id="small">Small</h3>\n',
      sections: [{ id: 'of-runs', text: 'Of runs' }],
    });
  });

  it.each([
    ['[a](findings.md#x)', '<a href="/docs/workflows/findings#x">a</a>'],
    ['[a](../limits.md)', '<a href="/docs/limits">a</a>'],
    ['[a](#here)', '<a href="#here">a</a>'],
    ['[a](https://example.com/?a=1&b=2)', '<a href="https://example.com/?a=1&#38;b=2">a</a>'],
    ['[a](../../README.md)', 'a'],
    ['![a](../screenshots/run.png)', '<img src="/api/docs/run.png" alt="a">'],
    ['![a](../other/run.png)', 'a'],
  ])('has %s as %s', (markdown, html) =>
    expect(renderDocs(markdown, 'workflows').html).toBe(`<p>${html}</p>\n`),
  );

  it('has no HTML of its own', () =>
    expect(renderDocs('a <b>c</b>\n\n<script>x</script>\n', '').html).not.toMatch(/<(b|script)>/));

  it('has tables without an empty head', () => {
    const { html } = renderDocs('| | |\n|---|---|\n| a | `b` |\n', '');
    expect(html).toContain('<table><tbody><tr><td>a</td><td><code>b</code></td></tr></tbody></table>');
  });
});

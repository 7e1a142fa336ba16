/** Where a file like `docs/workflows/findings.md#no-timeout` is read in the dashboard. */
export function docsHref(path: string): string {
  const [file = '', section] = path.split('#');
  const page = file.replace(/^docs\//, '').replace(/\.md$/, '');
  return `/docs/${page}${section === undefined ? '' : `#${section}`}`;
}

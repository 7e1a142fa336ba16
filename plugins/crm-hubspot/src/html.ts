const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", nbsp: ' ' };

/** Text as the HTML that HubSpot keeps notes and tasks in. */
export function htmlOf(text: string): string {
  return text.replaceAll(/[&<>"]/g, (found) => ESCAPES[found] ?? found).replaceAll('\n', '<br>');
}

/** The text of such HTML, also of what people write in HubSpot's editor. */
export function textOf(html: string): string {
  return html
    .replaceAll(/<br\s*\/?>|<\/(?:p|div|li)>/gi, '\n')
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll(/&(amp|lt|gt|quot|#39|nbsp);/g, (found, name: string) => ENTITIES[name] ?? found)
    .replace(/\n+$/, '');
}

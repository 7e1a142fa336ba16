import { createHash } from 'node:crypto';

const STYLE =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:36rem;margin:20vh auto;padding:0 1rem;color-scheme:light dark}';
const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

/**
 * What a browser shows at the end of a sign-in. It goes on to the dashboard by itself and not by a redirect:
 * coming from the authority, the browser would not send the dashboard's cookie.
 */
export function signInPage({ ok, detail, next }: { ok: boolean; detail: string; next: string | null }): {
  html: string;
  headers: Record<string, string>;
} {
  const goOn = ok && next !== null ? `<meta http-equiv="refresh" content="0; url=${escaped(next)}">` : '';
  const link =
    next === null
      ? '<p>You can close this window.</p>'
      : `<p><a href="${escaped(next)}">Back to the connection</a></p>`;
  const title = ok ? 'Signed in' : 'Not signed in';
  const html =
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title>${goOn}` +
    `<style>${STYLE}</style></head><body><main><h1>${title}</h1><p>${escaped(detail)}</p>${link}</main></body></html>`;
  return {
    html,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; frame-ancestors 'none'`,
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    },
  };
}

function escaped(text: string): string {
  const spelled: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (letter) => spelled[letter] as string);
}

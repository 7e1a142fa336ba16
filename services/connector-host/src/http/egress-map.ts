/** Origins that are reached at another origin: `https://api.example.com` to `http://127.0.0.1:8080`. */
export type EgressMap = ReadonlyMap<string, string>;

const EXAMPLE = 'https://api.example.com=http://127.0.0.1:8080';

/** Reads `ORIGIN=ORIGIN,ORIGIN=ORIGIN`. Throws an error with the remedy. */
export function readEgressMap(text: string): EgressMap {
  const map = new Map<string, string>();
  for (const pair of text.split(',').map((part) => part.trim())) {
    if (pair === '') continue;
    const [from, to, ...more] = pair.split('=');
    const origins = [from, to].map(originOf);
    if (more.length > 0 || origins.includes(null))
      throw new Error(`"${pair}" maps no origin to another: write ${EXAMPLE}, without a path.`);
    const [asked, reached] = origins as [string, string];
    if (map.has(asked)) throw new Error(`"${asked}" is mapped twice.`);
    map.set(asked, reached);
  }
  return map;
}

function originOf(text: string | undefined): string | null {
  if (text === undefined || !URL.canParse(text.trim())) return null;
  const url = new URL(text.trim());
  const whole = /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`;
  return whole ? url.origin : null;
}

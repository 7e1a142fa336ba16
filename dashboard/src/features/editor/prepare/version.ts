import type { EditedDocument } from './document';

const SEMANTIC = /^(\d+)\.(\d+)\.(\d+)/;

/** The versions that may follow one: a small, a middling and a large change. */
export function nextVersions(version: string): { what: string; version: string }[] {
  const [, major, minor, patch] = SEMANTIC.exec(version)?.map(Number) ?? [];
  if (major === undefined || minor === undefined || patch === undefined) return [];
  return [
    { what: 'patch', version: `${major}.${minor}.${patch + 1}` },
    { what: 'minor', version: `${major}.${minor + 1}.0` },
    { what: 'major', version: `${major + 1}.0.0` },
  ];
}

/** The text with another `document.version`, everything else as it is; undefined when it has none. */
export function withVersion(text: string, document: EditedDocument, version: string): string | undefined {
  const place = document.placeOf('/document/version');
  if (place === undefined || place.value.to <= place.value.from) return undefined;
  const { from, to } = place.value;
  const quote = /^["']/.exec(text.slice(from, to))?.[0] ?? "'";
  return `${text.slice(0, from)}${quote}${version}${quote}${text.slice(to)}`;
}

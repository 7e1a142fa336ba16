/**
 * An idempotency key as a mark that fits into any field of another system: 32 hexadecimal digits. A write
 * that leaves its mark can be found again when its answer is lost.
 */
export async function markOf(idempotencyKey: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(idempotencyKey));
  return Array.from(new Uint8Array(digest, 0, 16), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** A mark as a UUID (RFC 9562, version 8), for systems whose records may be given their ids. */
export function markUuid(mark: string): string {
  const variant = ((Number.parseInt(mark.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return [
    mark.slice(0, 8),
    mark.slice(8, 12),
    `8${mark.slice(13, 16)}`,
    variant + mark.slice(17, 20),
    mark.slice(20),
  ].join('-');
}

/**
 * What stands for a secret in the data of a run: `~secret~NAME~MAC~`, or `~secret~NAME~FIELD~MAC~` for a part
 * of it. Only characters that addresses, headers and JSON leave as they are, so that it can be put inside of
 * other texts. The MAC (32 hex digits) is made with a key that only the hub has, for one run: nobody outside
 * can make one, and one that is seen is worth nothing in another run.
 */
export const SECRET_MARK = /~secret~([A-Za-z0-9._-]{1,64}(?:~[A-Za-z0-9._-]{1,64})?)~([0-9a-f]{32})~/g;

/** What every mark begins with: a text without it has none. */
export const SECRET_MARK_BEGIN = '~secret~';

/** A name of a secret, or of a part of one. */
export const SECRET_NAME = /^[A-Za-z0-9._-]{1,64}$/;

/** The mark of a secret (`NAME`) or of a part of it (`NAME~FIELD`). */
export function secretMark(reference: string, mac: string): string {
  return `${SECRET_MARK_BEGIN}${reference}~${mac}~`;
}

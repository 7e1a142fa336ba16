import { PermanentError } from '@tutti/plugin-sdk';

/** A path of the API, as other systems reach it; throws what to do when nobody said where that is. */
export function publicAddress(publicUrl: string | null, path: string): string {
  if (publicUrl === null)
    throw new PermanentError(
      'The other system cannot be told where the hub is: set TUTTI_PUBLIC_API_URL to the address of the ' +
        'API as it is reached from there, and start the hub anew.',
    );
  return `${publicUrl.replace(/\/+$/, '')}${path}`;
}

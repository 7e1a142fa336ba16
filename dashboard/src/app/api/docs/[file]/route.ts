import { readPicture } from '@/features/docs/prepare/docs-files';

/** Pictures of the documentation. */
export async function GET(_request: Request, { params }: { params: Promise<{ file: string }> }) {
  const picture = await readPicture((await params).file);
  if (picture === undefined) return new Response('There is no such picture.', { status: 404 });
  return new Response(picture, {
    headers: { 'content-type': 'image/png', 'cache-control': 'private, max-age=3600' },
  });
}

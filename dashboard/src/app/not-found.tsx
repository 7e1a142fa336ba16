import Link from 'next/link';

export default function NotFound() {
  return (
    <main className="flex min-h-dvh flex-col items-center justify-center gap-2">
      <h1 className="text-heading font-semibold">There is no such page</h1>
      <Link href="/" className="text-accent underline">
        To the overview
      </Link>
    </main>
  );
}

'use client';
import Link from 'next/link';
import { Compass } from 'lucide-react';
import { Empty } from '@/ui/notes';

export default function NotFound() {
  return (
    <Empty
      icon={Compass}
      title="There is no such page"
      action={
        <Link href="/" className="text-accent underline">
          To the overview
        </Link>
      }
    />
  );
}

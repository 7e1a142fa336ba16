import type { Metadata } from 'next';
import { SchedulePage } from '@/features/schedules/components/schedule-page';

interface Props {
  params: Promise<{ namespace: string; name: string }>;
}
export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: `Schedule of ${decodeURIComponent((await params).name)}` };
}
export default async function Page({ params }: Props) {
  const { namespace, name } = await params;
  return <SchedulePage namespace={decodeURIComponent(namespace)} name={decodeURIComponent(name)} />;
}

import type { ConnectionOptions } from 'node:tls';
import { z } from 'zod';

const Tls = z.enum(['implicit', 'starttls', 'off']);
type Tls = z.output<typeof Tls>;

/** What a connection is given: a server that sends, one that keeps a mailbox, or both. */
export const Settings = z.object({
  user: z.string().min(1).optional().describe('Absent: the servers ask for none'),
  password: z.string().min(1).optional().meta({ secret: true }).describe('Often one made for applications'),
  from: z.email().optional().describe('Sender of messages that name none; absent: the user'),
  smtpHost: z.string().min(1).optional().describe('Sends: smtp.example.com'),
  smtpPort: z.int().min(1).max(65_535).default(465),
  smtpTls: Tls.default('implicit').describe('off: only on one machine'),
  imapHost: z.string().min(1).optional().describe('Keeps the mailbox: imap.example.com'),
  imapPort: z.int().min(1).max(65_535).default(993),
  imapTls: Tls.default('implicit').describe('off: only on one machine'),
  sentFolder: z
    .string()
    .min(1)
    .optional()
    .describe('Where a copy of what was sent is kept, and found again; absent: none'),
  certificateAuthority: z.string().min(1).optional().describe('PEM, where no public authority signed'),
});
export type Settings = z.output<typeof Settings>;

/** How nodemailer and imapflow both open a connection. */
export function socketOf(
  { certificateAuthority }: Settings,
  { host, port, mode }: { host: string; port: number; mode: Tls },
): { host: string; port: number; secure: boolean; tls: ConnectionOptions } {
  const tls = { minVersion: 'TLSv1.2' as const, ...(certificateAuthority && { ca: certificateAuthority }) };
  return { host, port, secure: mode === 'implicit', tls };
}

import { quoted, ticketSql } from './ticket-sql.js';
import { priorityOf, RT_PRIORITY, statusOf } from './words.js';

it('writes filters as TicketSQL', () => {
  expect(ticketSql({ limit: 1 })).toBe('id > 0');
  expect(ticketSql({ limit: 1, text: 'A-17', assignee: null, status: ['new', 'closed'] })).toBe(
    "Subject LIKE 'A-17' AND Owner = 'Nobody' AND (Status = 'new' OR Status = 'rejected' OR Status = 'deleted')",
  );
});

it('lets no text end itself', () => {
  expect(quoted("a' OR id > 0 OR Subject = 'b")).toBe("'a\\' OR id > 0 OR Subject = \\'b'");
  expect(quoted('end\\')).toBe("'end\\\\'");
});

it('tells priorities and statuses both ways', () => {
  for (const [name, number] of Object.entries(RT_PRIORITY)) expect(priorityOf(number)).toBe(name);
  expect(statusOf('stalled')).toBe('pending');
  expect(statusOf('waiting for parts')).toBe('open');
});

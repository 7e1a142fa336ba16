import { faultsOf } from '@/features/schema-form/prepare/check';
import { formOf } from '@/features/schema-form/prepare/fields';
import { refusedFaults, sendable } from './refused';

const schema = {
  type: 'object',
  required: ['email', 'lines'],
  properties: {
    email: { type: 'string', format: 'email' },
    note: { type: 'string', pattern: '^[A-Z]' },
    customer: { type: 'object', properties: { name: { type: 'string' }, vat: { type: 'string' } } },
    lines: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        required: ['amount'],
        properties: { amount: { type: 'number', exclusiveMinimum: 0 } },
      },
    },
  },
};
const problem = (errors: { pointer?: string; detail: string }[]) => ({
  type: 'x',
  title: 'No',
  status: 422,
  errors,
});

describe('the input of a run', () => {
  const field = formOf(schema);

  it('is checked in lists and by format before it is sent', () => {
    expect(faultsOf(field, { email: 'ada', note: '', lines: [] }, schema)).toEqual([
      { pointer: '/email', text: 'This is not an address such as ada@example.com.' },
      { pointer: '/lines', text: 'At least 1 of them.' },
    ]);
    expect(faultsOf(field, { email: 'a@b.c', lines: [{ amount: 1 }, { amount: 0 }, {}] }, schema)).toEqual([
      { pointer: '/lines/1/amount', text: 'More than 0.' },
      { pointer: '/lines/2/amount', text: 'This is needed.' },
    ]);
  });

  it('takes the parts of allOf as one group', () => {
    const both = { allOf: [schema, { required: ['note'], properties: { more: { type: 'integer' } } }] };
    const names = formOf(both).children.map(({ pointer, required }) => [pointer, required]);
    expect(names).toContainEqual(['/note', true]);
    expect(names).toContainEqual(['/more', false]);
    expect(names).toContainEqual(['/email', true]);
  });

  it('shows what the hub refused at its field, and says when something has none', () => {
    const placed = refusedFaults(field, problem([{ pointer: '/customer/vat', detail: 'is unknown' }]));
    expect(placed).toEqual({ faults: [{ pointer: '/customer/vat', text: 'is unknown' }], rest: false });
    const missing = refusedFaults(field, problem([{ pointer: '', detail: 'must have "email"' }]));
    expect(missing).toEqual({ faults: [{ pointer: '/email', text: 'must have "email"' }], rest: false });
    const entry = refusedFaults(field, problem([{ pointer: '/lines/0/amount', detail: 'is too small' }]));
    expect(entry.faults.map(({ pointer }) => pointer)).toEqual(['/lines/0/amount', '/lines']);
    expect(refusedFaults(field, problem([{ pointer: '/other', detail: 'what' }])).rest).toBe(true);
    expect(refusedFaults(field, problem([]))).toEqual({ faults: [], rest: true });
  });

  it('leaves out texts that were cleared again', () => {
    expect(sendable(field, { email: '', note: '', customer: { name: '', vat: 'x' } })).toEqual({
      email: '',
      customer: { vat: 'x' },
    });
  });
});

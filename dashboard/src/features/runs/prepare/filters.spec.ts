import { filtersFrom, hasEnded, holdNew, isFiltered, runQuery, toggled } from './filters';

const from = (text: string) => {
  const params = new URLSearchParams(text);
  return filtersFrom((name) => params.get(name) ?? '');
};

describe('filters in the address', () => {
  it('reads them, and leaves out what it does not know', () => {
    expect(from('q=abc&status=faulted,nonsense,running&range=9y')).toEqual({
      q: 'abc',
      statuses: ['running', 'faulted'],
      workflow: '',
      range: '',
    });
  });
  it('switches a status on and off', () => {
    expect(toggled(['faulted'], 'running')).toBe('running,faulted');
    expect(toggled(['running', 'faulted'], 'running')).toBe('faulted');
  });
  it('asks the API for them', () => {
    const query = runQuery(
      from('status=waiting&workflow=finance/invoice&range=1h'),
      Date.parse('2026-11-22T10:30:42Z'),
    );
    expect(query).toEqual({
      q: undefined,
      status: 'waiting',
      workflow: 'finance/invoice',
      from: '2026-11-22T09:30:00.000Z',
    });
  });
  it('knows when there are none', () =>
    expect([isFiltered(from('')), isFiltered(from('q=a'))]).toEqual([false, true]));
  it('knows which statuses are final', () =>
    expect([hasEnded('cancelled'), hasEnded('waiting')]).toEqual([true, false]));
});

describe('rows that come in while a person reads', () => {
  const items = [{ id: '3' }, { id: '2' }, { id: '1' }];
  it('wait behind a button', () =>
    expect(holdNew(items, '2')).toEqual({ shown: [{ id: '2' }, { id: '1' }], waiting: 1 }));
  it('are all shown in a list that was just opened', () =>
    expect(holdNew(items, undefined)).toEqual({ shown: items, waiting: 0 }));
});

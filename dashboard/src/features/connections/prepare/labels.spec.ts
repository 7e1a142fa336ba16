import { environmentsOf, labelsOf, sameLabels } from './labels';

describe('whose a connection is', () => {
  it('is empty in the form where nothing is said', () => {
    expect(labelsOf({ owner: null, environment: 'test' })).toEqual({ owner: '', environment: 'test' });
  });
  it('did not change by spaces around it', () => {
    const connection = { owner: 'ada', environment: null };
    expect(sameLabels({ owner: ' ada ', environment: '' }, connection)).toBe(true);
    expect(sameLabels({ owner: '', environment: '' }, connection)).toBe(false);
  });
  it('has the environments that are there to choose from', () => {
    const of = (environment: string | null) => ({ environment });
    expect(environmentsOf([of('test'), of(null), of('production'), of('test')])).toEqual([
      'production',
      'test',
    ]);
  });
});

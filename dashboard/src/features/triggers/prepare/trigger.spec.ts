import type { TriggerDetail, TriggerItem } from '@tutti/contracts';
import { placesText, sourceOf } from './trigger';

const item = (more: Partial<TriggerItem>) =>
  ({ kind: 'kafka', source: 't', connection: null, ...more }) as TriggerItem;
const detail = (places: TriggerDetail['places']) => ({ places }) as TriggerDetail;

describe('a trigger in words', () => {
  it('says where its records come from', () => {
    expect(sourceOf(item({}))).toBe('t');
    expect(sourceOf(item({ connection: 'erp' }))).toBe('t at erp');
    expect(sourceOf(item({ kind: 'cloudevents', source: 'shop.*' }))).toBe('events shop.*');
  });
  it('says how many runs have a place', () => {
    expect(placesText(detail({ taken: 2, waiting: 5, limit: 2 }))).toBe('2 of 2 under way, 5 waiting');
    expect(placesText(detail({ taken: 1, waiting: 0, limit: null }))).toBe('1 under way, 0 waiting');
  });
  it('says nothing of places where nothing is limited', () =>
    expect(placesText(detail({ taken: 0, waiting: 0, limit: null }))).toBeUndefined());
});

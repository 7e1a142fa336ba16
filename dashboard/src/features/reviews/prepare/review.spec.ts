import {
  certaintyOf,
  checksOf,
  confidenceAt,
  confidencesOf,
  editableFields,
  nextReview,
  otherContext,
  readingOf,
} from './review';

describe('how sure the reader was', () => {
  const confidences = confidencesOf(
    { extraction: { fieldConfidence: { grandTotal: 0.71, 'supplier.iban': 0.64, name: 0.5, bad: 'x' } } },
    {},
  );
  it('is found wherever it stands in the context, or in the data', () => {
    expect(confidences.size).toBe(3);
    expect(confidencesOf(null, { fieldConfidence: { a: 1 } }).get('a')).toBe(1);
  });
  it('belongs to the field whose path ends with its name', () => {
    expect(confidenceAt(confidences, '/invoice/grandTotal')).toBe(0.71);
    expect(confidenceAt(confidences, '/invoice/supplier/iban')).toBe(0.64);
    expect(confidenceAt(confidences, '/invoice/other')).toBeNull();
  });
  it('is a word, not only a colour', () =>
    expect([0.95, 0.8, 0.3].map(certaintyOf)).toEqual(['sure', 'unsure', 'doubtful']));
});

describe('the context', () => {
  it('shows checks by themselves and keeps the rest', () => {
    const context = {
      checks: [{ name: 'iban', passed: false, detail: 'mod 97' }, 'noise'],
      order: { total: 1 },
      fieldConfidence: {},
    };
    expect(checksOf(context, null)).toEqual([{ name: 'iban', passed: false, detail: 'mod 97' }]);
    expect(otherContext(context)).toEqual({ order: { total: 1 } });
    expect(otherContext({ checks: [] })).toBeNull();
    expect(otherContext('text')).toEqual({ value: 'text' });
  });
});

describe('the next review', () => {
  const items = [{ id: 'a' }, { id: 'b' }, { id: 'c' }];
  it('is the one below, else the one above, else none', () => {
    expect([nextReview(items, 'a'), nextReview(items, 'c'), nextReview([{ id: 'a' }], 'a')]).toEqual([
      'b',
      'b',
      undefined,
    ]);
  });
});

describe('the answer of a reader', () => {
  const data = {
    invoice: {},
    fieldConfidence: {},
    source: 'ocr',
    pages: 1,
    confidence: 0.714,
    warnings: ['dark'],
    checks: [],
  };
  const field = { children: [{ pointer: '/invoice' }, { pointer: '/confidence' }, { pointer: '/checks' }] };
  it('offers only the document for editing, not the reading', () => {
    expect(editableFields(field, data).children).toEqual([{ pointer: '/invoice' }]);
    expect(editableFields(field, { confidence: 1 }).children).toHaveLength(3);
  });
  it('says in a line how it was read', () => {
    expect(readingOf(data)).toEqual({ line: 'Read as ocr, 1 page, confidence 71 %', warnings: ['dark'] });
    expect(readingOf({ a: 1 })).toBeNull();
  });
});

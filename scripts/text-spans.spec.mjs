import { textSpans } from './text-spans.mjs';

const texts = (source) => textSpans(source).map(([from, to]) => source.slice(from, to));

describe('textSpans', () => {
  it('finds strings with escaped quotes', () => {
    expect(texts(`a("x\\"y", 'z')`)).toEqual(['"x\\"y"', "'z'"]);
  });

  it('finds the parts of a template around its holes, nested ones too', () => {
    expect(texts('`a ${b({ c: `d ${e} f` })} g`')).toEqual(['a ${', 'd ${', ' f`', ' g`']);
  });

  it('takes a quote in a comment for no text', () => {
    expect(texts("// don't\nx('y'); /* it's */ z")).toEqual(["'y'"]);
  });

  it('tells a regular expression from a division', () => {
    expect(texts('const r = /["/]+/g; const half = a / b / c;')).toEqual(['/["/]+/']);
  });
});

import { graphOf } from './graph';
import { placesOf, viewOf } from './layout';

const edges = (definition: unknown) =>
  graphOf(definition).edges.map(({ from, to, label, onError, back }) =>
    [
      `${from.split('/').at(-1)}${label === null ? '' : `-${label}`}${onError ? '!' : ''}`,
      `->${to.split('/').at(-1)}${back ? ' back' : ''}`,
    ].join(''),
  );

describe('the graph of a workflow', () => {
  it('goes from start to end in the order of the document', () => {
    expect(edges({ do: [{ a: { set: {} } }, { b: { call: 'x:1@default' } }] })).toEqual([
      'start->a',
      'a->b',
      'b->end',
    ]);
  });
  it('names tasks by their JSON pointer, as the journal does', () => {
    const ids = graphOf({
      do: [
        { 'a/b': { try: [{ c: { set: {} } }], catch: { do: [{ d: { set: {} } }] } } },
        { f: { fork: { branches: [{ g: { set: {} } }] } } },
      ],
    }).nodes.map(({ id }) => id);
    expect(ids).toEqual([
      'start',
      '/do/0/a~1b',
      '/do/0/a~1b/try/0/c',
      '/do/0/a~1b/catch/do/0/d',
      '/do/1/f',
      '/do/1/f/fork/branches/0/g',
      'end',
    ]);
  });
  it('follows a switch to tasks by name, on, and out', () => {
    const definition = {
      do: [
        { s: { switch: [{ yes: { when: '.a', then: 'c' } }, { no: { when: '.b', then: 'end' } }] } },
        { b: { set: {} } },
        { c: { set: {} } },
      ],
    };
    expect(edges(definition).sort()).toEqual([
      'b->c',
      'c->end',
      's-else->b',
      's-no->end',
      's-yes->c',
      'start->s',
    ]);
  });
  it('has no way past a switch with a default', () => {
    expect(edges({ do: [{ s: { switch: [{ rest: { then: 'end' } }] } }, { b: { set: {} } }] })).toEqual([
      'start->s',
      'b->end',
      's-rest->end',
    ]);
  });
  it('joins the branches of a fork and shows what happens on an error', () => {
    expect(
      edges({
        do: [
          { f: { fork: { branches: [{ a: { set: {} } }, { b: { set: {} } }] } } },
          { t: { try: [{ c: { set: {} } }], catch: { do: [{ d: { set: {} } }] } } },
        ],
      }),
    ).toEqual(['start->f', 'f->a', 'f->b', 'a->t', 'b->t', 't->c', 't-on error!->d', 'c->end', 'd->end']);
  });
  it('ends at a raised error and loops back in a for', () => {
    expect(
      edges({
        do: [
          { l: { for: { each: 'x', in: '.xs' }, do: [{ a: { set: {} } }] } },
          { r: { raise: { error: { title: 'no' } } } },
        ],
      }),
    ).toEqual(['start->l', 'l-each->a', 'a->l back', 'l-done->r']);
  });
  it('marks a jump backwards', () =>
    expect(edges({ do: [{ a: { set: {} } }, { b: { set: {}, then: 'a' } }] })).toContain('b->a back'));
  it('is empty for what is not a workflow', () =>
    expect([graphOf(null), graphOf({ do: 'x' })]).toEqual([
      { nodes: [], edges: [] },
      { nodes: [], edges: [] },
    ]));
  it('survives a document that nobody would write by hand', () => {
    expect(
      graphOf({ do: Array.from({ length: 2000 }, (_, i) => ({ [`t${i}`]: { set: {} } })) }).nodes.length,
    ).toBeLessThanOrEqual(502);
  });
});

describe('the layout', () => {
  it('puts later tasks lower, the same way every time', () => {
    const graph = graphOf({ do: [{ a: { set: {} } }, { b: { set: {} } }] });
    const places = placesOf(graph);
    expect((places.get('/do/0/a')?.y ?? 0) < (places.get('/do/1/b')?.y ?? 0)).toBe(true);
    expect(placesOf(graph)).toEqual(places);
  });
  it('shows all of it when that stays readable, else the part in question and never beyond the ends', () => {
    const bounds = { x: 0, y: 0, width: 300, height: 2000 };
    expect(viewOf({ ...bounds, height: 400 }, { width: 400, height: 500 }, undefined)).toBeUndefined();
    expect(viewOf(bounds, { width: 400, height: 500 }, undefined)).toEqual({ x: 92, y: 12, zoom: 0.72 });
    expect(viewOf(bounds, { width: 400, height: 500 }, { x: 0, y: 1000 })?.y).toBeCloseTo(-470);
    expect(viewOf(bounds, { width: 400, height: 500 }, { x: 0, y: 1990 })?.y).toBeCloseTo(500 - 12 - 1440);
    expect(viewOf({ ...bounds, width: 2000 }, { width: 400, height: 500 }, { x: 0, y: 0 })?.x).toBe(12);
  });
});

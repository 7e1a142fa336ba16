import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Schema } from './schema-walk';
import { suggestionsAt } from './suggest';

const FILE = join(import.meta.dirname, '../../../../../libs/workflow/schema/workflow-schema.json');
const schema = JSON.parse(readFileSync(FILE, 'utf8')) as Schema;
const capabilities = [{ name: 'erp.invoice.pay', summary: 'Pays an invoice.', effect: 'write' }];
const HEAD = `document: { dsl: '1.0.3', namespace: a, name: b, version: '1.0.0' }\n`;

/** What is offered where the text has `¦`. */
function offered(text: string): string[] {
  const offset = text.indexOf('¦');
  const whole = text.slice(0, offset) + text.slice(offset + 1);
  return suggestionsAt(whole, offset, { schema, capabilities })?.items.map(({ label }) => label) ?? [];
}

describe('completion', () => {
  it('offers the keywords of the place that are not there yet', () => {
    expect(offered(`${HEAD}¦`)).toEqual(
      expect.arrayContaining(['do', 'input', 'use', 'schedule', 'timeout']),
    );
    expect(offered(`${HEAD}do: []\nti¦`)).not.toContain('do');
    expect(offered(`document:\n  dsl: '1.0.3'\n  na¦\ndo: []`)).toEqual(
      expect.arrayContaining(['namespace', 'name', 'version']),
    );
  });

  it('knows brackets as well as indentation', () => {
    expect(offered(`document: { dsl: '1.0.3', ¦ }\ndo: []`)).toContain('namespace');
    expect(offered(`${HEAD}do:\n  - a: { wait: { ¦ } }`)).toEqual(
      expect.arrayContaining(['seconds', 'days']),
    );
  });

  it('offers what belongs to the kind of task that is written', () => {
    const inCall = offered(`${HEAD}do:\n  - pay:\n      call: http\n      ¦\n`);
    expect(inCall).toEqual(expect.arrayContaining(['with', 'if', 'then', 'export', 'timeout']));
    const ofHttp = offered(`${HEAD}do:\n  - pay:\n      call: http\n      with:\n        ¦\n`);
    expect(ofHttp).toEqual(expect.arrayContaining(['method', 'endpoint', 'headers']));
    expect(ofHttp).not.toContain('channel');
    expect(offered(`${HEAD}do:\n  - f:\n      for: { each: x, in: . }\n      ¦`)).toContain('while');
  });

  it('offers what the hub can call, before the calls of the language', () => {
    const calls = offered(`${HEAD}do:\n  - pay:\n      call: e¦\n`);
    expect(calls[0]).toBe('erp.invoice.pay:1@default');
    expect(calls).toEqual(expect.arrayContaining(['human.review:1@default', 'http', 'grpc']));
    expect(offered(`${HEAD}do: [ { pay: { call: ¦ } } ]`)).toContain('erp.invoice.pay:1@default');
  });

  it('offers the tasks beside it as targets', () => {
    const text = `${HEAD}do:\n  - first:\n      set: { a: 1 }\n      then: ¦\n  - second: { set: { b: 1 } }`;
    expect(offered(text)).toEqual(expect.arrayContaining(['second', 'end', 'exit', 'continue']));
    const cases = `${HEAD}do:\n  - first:\n      switch:\n        - a: { when: ., then: ¦ }\n  - second: { set: { b: 1 } }`;
    expect(offered(cases)).toContain('second');
  });

  it('offers whole tasks where a task begins, and nothing where its name is known', () => {
    expect(offered(`${HEAD}do:\n  - ¦`)).toContain('call task');
    expect(offered(`${HEAD}do:\n  - a: { set: { b: 1 } }\n    ¦`)).toEqual([]);
  });

  it('offers variables and functions inside an expression only', () => {
    expect(offered(`${HEAD}do:\n  - a: { set: { b: "\${ $co¦" } }`)).toContain('$context');
    expect(offered(`${HEAD}do:\n  - a: { set: { b: "\${ .x | sel¦" } }`)).toContain('select');
    expect(offered(`${HEAD}do:\n  - a: { set: { b: "\${ .x }", ¦`)).not.toContain('$context');
  });

  it('works while another part of the text is broken, and says nothing in comments', () => {
    expect(offered(`${HEAD}use: [\ndo: {\n¦`)).toEqual(expect.any(Array));
    expect(offered(`${HEAD}# d¦`)).toEqual([]);
  });
});

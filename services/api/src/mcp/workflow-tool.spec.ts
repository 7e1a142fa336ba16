import { toolResult, workflowTools } from './workflow-tool.js';

function row(name: string, more: { mcp?: unknown; input?: object; output?: object } = {}) {
  const { mcp, input, output } = more;
  const schema = (document: object | undefined) => document && { schema: { document } };
  const definition = JSON.stringify({
    document: {
      dsl: '1.0.3',
      namespace: 'shop',
      name,
      version: '1.0.0',
      summary: `Does ${name}.`,
      ...(mcp !== undefined && { metadata: { tutti: { mcp } } }),
    },
    input: schema(input),
    output: schema(output),
    do: [],
  });
  return { namespace: 'shop', name, version: '1.0.0', definition };
}

const namesOf = (...about: Parameters<typeof workflowTools>) =>
  workflowTools(...about).map(({ tool, name }) => [tool.name, name]);

describe('workflows as tools', () => {
  it('are those that say so, or all that do not refuse', () => {
    const rows = [row('a', { mcp: true }), row('b'), row('c', { mcp: false })];
    expect(namesOf(rows, 'marked')).toEqual([['shop_a', 'a']]);
    expect(namesOf(rows, 'all')).toEqual([
      ['shop_a', 'a'],
      ['shop_b', 'b'],
    ]);
  });

  it('have names that nobody takes away from them', () => {
    const rows = [
      row('a', { mcp: { name: 'pay' } }),
      row('b', { mcp: { name: 'pay' } }),
      row('c', { mcp: { name: 'shop_d' } }),
      row('d', { mcp: true }),
    ];
    expect(namesOf(rows, 'marked')).toEqual([
      ['pay', 'a'],
      ['shop_b', 'b'],
      ['shop_c', 'c'],
      ['shop_d', 'd'],
    ]);
  });

  it('take and give objects', () => {
    const text = { type: 'string' };
    const [tool] = workflowTools([row('a', { mcp: true, input: text, output: text })], 'marked');
    expect(tool).toMatchObject({
      wrapsInput: true,
      wrapsOutput: true,
      tool: {
        description: 'Does a.',
        inputSchema: { type: 'object', properties: { input: text }, required: ['input'] },
        outputSchema: { type: 'object', properties: { result: text }, required: ['result'] },
      },
    });
    const [plain] = workflowTools([row('a', { mcp: true })], 'marked');
    expect(plain?.tool.inputSchema).toEqual({ type: 'object' });
    expect(plain?.tool.outputSchema).toBeUndefined();
  });

  it('give what is no object under a name', () => {
    expect(toolResult('done', true, 'r').structuredContent).toEqual({ result: 'done' });
    expect(toolResult([1], false, 'r')).toMatchObject({
      content: [{ text: '[1]' }],
      structuredContent: { result: [1] },
    });
    expect(toolResult({ a: 1 }, false, 'r').structuredContent).toEqual({ a: 1 });
  });
});

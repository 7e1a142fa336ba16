import { describe, expect, test } from '@jest/globals';
import { lintWorkflow, mcpHints, parseWorkflow, type WorkflowDocument } from './index.js';

function documentWith(hint: string): WorkflowDocument {
  const parsed = parseWorkflow(`document:
  dsl: 1.0.3
  namespace: a
  name: b
  version: 1.0.0
  metadata: { tutti: { mcp: ${hint} } }
do: []`);
  if (!('document' in parsed) || parsed.document === null) throw new Error(JSON.stringify(parsed));
  return parsed.document as WorkflowDocument;
}

describe('the hints of a tool', () => {
  test('are read as they are written', () => {
    expect(mcpHints(documentWith('true'))).toEqual({
      name: null,
      description: null,
      annotations: {},
      task: null,
    });
    expect(
      mcpHints(
        documentWith(
          '{ name: pay_it, description: Pays., annotations: { readOnlyHint: false }, task: required }',
        ),
      ),
    ).toEqual({
      name: 'pay_it',
      description: 'Pays.',
      annotations: { readOnlyHint: false },
      task: 'required',
    });
    expect(mcpHints(documentWith('false'))).toBeNull();
  });

  test.each([
    ['yes please', ''],
    ['{ name: pay it }', '/name'],
    ['{ description: 5 }', '/description'],
    ['{ annotations: { sure: true } }', '/annotations'],
    ['{ annotations: { readOnlyHint: 1 } }', '/annotations'],
    ['{ task: sometimes }', '/task'],
    ['{ tool: x }', '/tool'],
  ])('that are not understood (%s) are an error, and there is no tool', (hint, place) => {
    const document = documentWith(hint);
    expect(mcpHints(document)).toBeNull();
    expect(lintWorkflow(document).map(({ severity, code, pointer }) => [severity, code, pointer])).toEqual([
      ['error', 'mcp-tool', `/document/metadata/tutti/mcp${place}`],
    ]);
  });
});

import { paramHeaders } from './param-headers.js';

const toolOf = (properties: object, more: object = {}) => ({
  name: 'find',
  inputSchema: { type: 'object', properties, ...more },
});
const region = { type: 'string', 'x-mcp-header': 'Region' };

it('sends what the tool declares, in a form that a header can hold', () => {
  const tool = toolOf({
    region,
    deep: { type: 'object', properties: { count: { type: 'integer', 'x-mcp-header': 'Count' } } },
    dry: { type: 'boolean', 'x-mcp-header': 'Dry' },
    other: { type: 'string' },
  });
  expect(paramHeaders(tool, { region: 'eu-1', deep: { count: 3 }, dry: false, other: 'x' })).toEqual({
    'Mcp-Param-Region': 'eu-1',
    'Mcp-Param-Count': '3',
    'Mcp-Param-Dry': 'false',
  });
  expect(paramHeaders(tool, { region: null })).toEqual({});
});

it.each(['', ' padded', 'padded ', 'zwölf', 'a\nb', '=?base64?YQ==?='])('encodes %j', (value) => {
  const { 'Mcp-Param-Region': sent = '' } = paramHeaders(toolOf({ region }), { region: value }) ?? {};
  const base64 = /^=\?base64\?(.*)\?=$/.exec(sent)?.[1] ?? '';
  expect(sent).toMatch(/^=\?base64\?.*\?=$/);
  expect(Buffer.from(base64, 'base64').toString()).toBe(value);
});

it.each([
  ['a name that is no header', toolOf({ region: { type: 'string', 'x-mcp-header': 'a b' } })],
  ['an object', toolOf({ region: { type: 'object', 'x-mcp-header': 'Region' } })],
  ['a number', toolOf({ region: { type: 'number', 'x-mcp-header': 'Region' } })],
  ['the same name twice', toolOf({ region, other: { type: 'string', 'x-mcp-header': 'region' } })],
  ['items', toolOf({ list: { type: 'array', items: region } })],
  ['an alternative', toolOf({}, { anyOf: [{ properties: { region } }] })],
  ['a definition', toolOf({}, { $defs: { region } })],
])('refuses a tool that declares %s', (_, tool) => {
  expect(paramHeaders(tool, {})).toBeNull();
});

// The import direction of design.md as rules. Each library names what it may import; everything else in the
// repository is forbidden to it. Specs may use @tutti/testing besides.
const mayImport = {
  contracts: [],
  jq: [],
  client: ['contracts'],
  'plugin-sdk': ['contracts'],
  telemetry: ['contracts'],
  workflow: ['contracts', 'jq'],
  routing: ['contracts', 'jq'],
  engine: ['contracts', 'jq', 'workflow', 'routing'],
  store: ['contracts', 'telemetry'],
  bus: ['contracts', 'telemetry'],
  testing: ['contracts', 'telemetry', 'store'],
};

const spec = '\\.(spec|e2e)\\.tsx?$';
const ours = '^(libs|services|plugins|dashboard)/';

const libraryRules = Object.entries(mayImport).flatMap(([library, allowed]) => {
  const own = [library, ...allowed].join('|');
  const comment = `libs/${library} may import ${allowed.join(', ') || 'no other part'} only: move the code down, or pass it in.`;
  return [
    {
      name: `direction-${library}`,
      comment,
      severity: 'error',
      from: { path: `^libs/${library}/`, pathNot: spec },
      to: { path: ours, pathNot: `^libs/(${own})/` },
    },
    {
      name: `direction-${library}-spec`,
      comment,
      severity: 'error',
      from: { path: `^libs/${library}/.*${spec}` },
      to: { path: ours, pathNot: `^libs/(${own}|testing)/` },
    },
  ];
});

export default {
  forbidden: [
    ...libraryRules,
    {
      name: 'no-cycle',
      comment: 'An import cycle: move what both need into a third file below them.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'nothing-imports-a-plugin',
      comment: 'Plugins are found by their manifest, never imported.',
      severity: 'error',
      from: { pathNot: '^plugins/' },
      to: { path: '^plugins/' },
    },
    {
      name: 'plugins-see-the-sdk-only',
      comment:
        'A plugin imports @tutti/plugin-sdk, contracts and its own packages; the host gives it the rest as ports.',
      severity: 'error',
      from: { path: '^plugins/([^/]+)/' },
      to: { path: ours, pathNot: '^plugins/$1/|^libs/(plugin-sdk|contracts|testing)/' },
    },
    {
      name: 'services-do-not-import-services',
      comment: 'Only services/standalone composes services; between them there is the bus and the API.',
      severity: 'error',
      from: { path: '^services/([^/]+)/', pathNot: '^services/standalone/' },
      to: { path: '^services/', pathNot: '^services/$1/' },
    },
    {
      name: 'dashboard-talks-http',
      comment:
        'The dashboard imports the types of contracts, the client and jq (pure, it runs in the browser), and talks HTTP.',
      severity: 'error',
      from: { path: '^dashboard/' },
      to: { path: '^(libs|services|plugins)/', pathNot: '^libs/(contracts|client|jq)/' },
    },
    {
      name: 'testing-in-specs-only',
      comment: '@tutti/testing starts databases and servers; code that ships must not reach it.',
      severity: 'error',
      from: { path: ours, pathNot: `^libs/testing/|/test/|/testing(/|\\.ts$)|${spec}|jest[^/]*$` },
      to: { path: '^libs/testing/' },
    },
    {
      name: 'not-resolvable',
      comment: 'This import leads nowhere: a missing file, or a package that package.json does not name.',
      severity: 'error',
      from: { path: ours, pathNot: '^dashboard/|/testing/server/' },
      to: { couldNotResolve: true, pathNot: '^(@tutti/|bun:)' },
    },
  ],
  options: {
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(node_modules|dist|\\.next)/.*/(node_modules|dist|\\.next)/|/dist/|/\\.next/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@tutti/source', 'import', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.mjs', '.js', '.json', '.d.ts'],
    },
  },
};

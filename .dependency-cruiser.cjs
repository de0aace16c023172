/**
 * The plan of the house (ARCHITECTURE.md, "Who may import whom"), as rules that CI checks.
 * `policy/` is the vocabulary everyone shares; `threads/` is how threads talk; both import nothing of ours.
 */
const ours =
  '^(bin|cli|config|control|threads|policy|directory|proxy|store|pages|portal|admin-ui|demo|benchmarks|tests|main\\.ts|config\\.ts)';
const only = (name, from, allowed, comment) => ({
  name,
  severity: 'error',
  comment,
  from: { path: `^${from}/` },
  to: { path: ours, pathNot: `^(${[from, ...allowed].join('|')})/` },
});

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      comment: 'A cycle means that two files are one idea, or that data flows backwards.',
      from: {},
      to: { circular: true },
    },
    only(
      'policy-is-pure',
      'policy',
      [],
      'decide is a pure function: the engine can be taken out and used alone.',
    ),
    {
      name: 'policy-does-no-io',
      severity: 'error',
      comment: 'No I/O, no clock, no randomness in the engine, or an old decision could not be reproduced.',
      from: { path: '^policy/' },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?(crypto|buffer|url)$' },
    },
    only(
      'threads-know-nobody',
      'threads',
      [],
      'How threads talk and are supervised is the same for every thread.',
    ),
    only(
      'store-below',
      'store',
      ['policy', 'threads'],
      'The store keeps what others decide; it asks nobody.',
    ),
    only('directory-below', 'directory', ['policy', 'threads'], 'Who is it? needs no proxy, store or page.'),
    only(
      'pages-below',
      'pages',
      ['policy'],
      'How a page looks and what it may hold is the same for proxy and portal.',
    ),
    only(
      'proxy-is-a-data-plane',
      'proxy',
      ['policy', 'pages', 'threads', 'directory', 'store'],
      'Never a page of the admin or the portal.',
    ),
    only(
      'portal-apart',
      'portal',
      ['policy', 'pages', 'threads', 'store'],
      'Never an admin session: another origin.',
    ),
    only('admin-apart', 'admin-ui', ['policy', 'threads', 'store', 'directory'], 'Never the data plane.'),
    {
      name: 'web-knows-the-api-alone',
      severity: 'error',
      comment: 'What runs in a browser shares with the server what the interface says, and nothing else.',
      from: { path: '^admin-ui/web/' },
      to: { path: ours, pathNot: '^admin-ui/(web|api)/' },
    },
    {
      name: 'server-knows-no-web',
      severity: 'error',
      comment: 'The server serves files; how they are made is the business of admin-ui/web.',
      from: { path: ours, pathNot: '^admin-ui/web/' },
      to: { path: '^admin-ui/web/' },
    },
    {
      name: 'ldapjs-only-in-the-demo',
      severity: 'error',
      comment: 'ldapjs is decommissioned; only the embedded demo directory may use it.',
      from: { pathNot: '^demo/directory\\.ts$' },
      to: { path: 'node_modules/ldapjs' },
    },
    {
      name: 'serve-never-loads-the-demo',
      severity: 'error',
      comment: 'What only the demo needs must not run in a district.',
      from: { path: ours, pathNot: '^(demo|tests|benchmarks)/' },
      to: { path: '^demo/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^admin-ui/web/dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.tsx', '.js', '.cjs', '.mjs'] },
  },
};

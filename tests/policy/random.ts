/** Random small districts: few names, so that rules, subjects and requests meet often. */
import fc from 'fast-check';
import { noEmergency } from '../../policy/emergency.ts';
import type { Emergency } from '../../policy/emergency.ts';
import { canonicalHost } from '../../policy/facts.ts';
import type { Grant, OverrideGrant } from '../../policy/decision.ts';
import { noFacts } from '../../policy/request.ts';
import type { RequestFacts, UrlFacts } from '../../policy/request.ts';
import type { Identity, Subject } from '../../policy/subject.ts';
import { RequestUrl } from '../../policy/url-facts.ts';

const categories = ['games', 'adult', 'crisis', 'testing'] as const;
const hosts = ['a.test', 'b.a.test', 'c.b.a.test', 'x.test', 'games.x.test', 'na.test', '10.1.2.3'] as const;
const groups = ['students', 'staff', 'chess'] as const;
const schools = ['north', 'south'] as const;
const audiences = ['one', 'two'] as const;
const networks = ['lab', 'office'] as const;
const schedules = ['class', 'night'] as const;

/** A part of a document that is mostly not there. */
const seldom = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, value);
/** Mostly no values. */
const few = <T>(values: readonly T[], max = 1): fc.Arbitrary<T[]> =>
  fc.oneof(
    { weight: 5, arbitrary: fc.constant<T[]>([]) },
    fc.uniqueArray(fc.constantFrom(...values), { maxLength: max }),
  );
const some = <T>(values: readonly T[], max = 2): fc.Arbitrary<T[]> =>
  fc.uniqueArray(fc.constantFrom(...values), { maxLength: max });
const one = <T>(values: readonly T[]): fc.Arbitrary<T[]> =>
  fc.constantFrom(...values).map((value) => [value]);

const hostPattern = fc
  .tuple(fc.constantFrom('', '=', '*.'), fc.constantFrom(...hosts))
  .map(([prefix, host]) => (host.startsWith('1') && prefix === '*.' ? host : prefix + host));
const urlGlob = fc.constantFrom(
  'a.test/x/*',
  'a.test/**',
  '*.a.test/x/**',
  '**.test/bad',
  'x.test/',
  '*.test/x/y',
);

const audience = fc.record({
  title: fc.constant('An audience'),
  groups: some(groups),
  users: some(['ann', 'BOB'], 1),
  schools: some(schools, 1),
  networks: some(networks, 1),
  except: fc.record({ groups: some(groups, 1), users: some(['ann'], 1), schools: some(schools, 1) }),
  age: seldom(
    fc.constantFrom(
      { under: 17 },
      { from: 17 },
      { from: 6, under: 18, unknown: true },
      { under: 17, unknown: true },
    ),
  ),
  obligations: seldom(
    fc.record({
      safeSearch: fc.boolean(),
      youtube: fc.constantFrom('open', 'moderate', 'strict'),
      tenants: fc.record(
        {
          google: fc.constantFrom([], ['one.test'], ['one.test', 'two.test']),
          microsoft: fc.constant({ tenants: ['one.test'], context: '3f2504e0-4f89-41d3-9a0c-0305e82c3301' }),
        },
        { requiredKeys: [] },
      ),
    }),
  ),
  voice: fc.constantFrom('student', 'young', 'staff'),
});
const network = (cidr: string) =>
  fc.record({
    title: fc.constant('A network'),
    cidrs: fc.constant([cidr]),
    signIn: fc.constantFrom('ask', 'never'),
    audiences: some(audiences, 1),
    unidentified: fc.constantFrom('anyone', 'refuse', ...audiences),
  });
const clock = fc.constantFrom('00:00', '08:00', '11:30', '15:00', '22:15');
const schedule = fc.record({
  windows: fc.array(
    fc.record({
      days: fc.uniqueArray(fc.constantFrom('mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'), {
        minLength: 1,
      }),
      from: clock,
      to: clock,
    }),
    { minLength: 1, maxLength: 2 },
  ),
  except: fc.constantFrom([], [{ from: '2026-09-07', to: '2026-09-08' }]),
});
const rule = fc.record(
  {
    for: fc.oneof(
      one(['anyone']),
      one(audiences),
      some(audiences).filter((each) => each.length > 0),
    ),
    match: fc.record({
      categories: some(['games', 'adult']),
      hosts: fc.array(hostPattern, { maxLength: 2 }),
      urls: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, fc.array(urlGlob, { maxLength: 2 })),
      expressions: few(['/bad(/|$)', 'x\\.test/x', '[?&]q=1', '^a\\.test/']),
      topLevel: few(['test', 'zip']),
      bareAddress: seldom(fc.constant(true)),
      uncategorised: seldom(fc.constant(true)),
      mixedScript: seldom(fc.constant(true)),
      search: few(['Free Games', 'chess'], 2),
      files: few(['exe', 'PDF'], 2),
      mediaTypes: few(['video/*', 'text/html']),
      upload: seldom(fc.constantFrom({}, { over: '1KB' })),
      methods: few(['GET', 'POST'], 2),
      ports: few([80, 443], 2),
      schemes: few(['http', 'https']),
      userAgents: few(['*Roblox*', 'curl/*']),
      headers: few(['X-Forwarded-For', 'upgrade']),
      fetch: seldom(
        fc.constantFrom(
          { dest: ['image'] },
          { site: ['cross-site'] },
          { dest: ['document'], mode: ['navigate'] },
        ),
      ),
    }),
    when: fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, one(schedules)),
    action: fc.constantFrom(
      'allow',
      'block',
      'warn',
      'allow',
      'block',
      'allow-without-inspection',
      'monitor',
    ),
    log: fc.constantFrom(undefined, true, false),
    observe: fc.constantFrom(undefined, undefined, true),
    expires: seldom(fc.constantFrom('2026-09-05T12:00:00-05:00', '2030-01-01T00:00:00Z')),
  },
  { requiredKeys: ['for', 'match', 'action'] },
);
const illegal = rule.map(({ match, log }) => ({ match, log, action: 'block', quiet: true }));

type Numbered = Record<string, unknown>;
const numbered = (prefix: string, rules: readonly Numbered[]): Numbered[] =>
  rules.map((each, index) => ({
    id: `${prefix}${index}`,
    title: 'A rule',
    publicTitle: 'A rule',
    noClause: 'random',
    ...each,
  }));

/** Without the keys whose value is undefined, at any depth. */
const written = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

/** A policy document as a plain value, ready for JSON (which is YAML). */
export const policyDocument = fc
  .record({
    audiences: fc.record({ one: audience, two: audience }),
    networks: fc.record({ lab: network('10.1.0.0/16'), office: network('10.1.2.0/24') }),
    schedules: fc.record({ class: schedule, night: schedule }),
    crisis: fc.constantFrom({}, { categories: ['crisis'] }, { hosts: ['=na.test'] }),
    testing: fc.constantFrom({}, { categories: ['testing'] }),
    illegal: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, fc.array(illegal, { maxLength: 1 })),
    locked: fc.array(rule, { maxLength: 2 }),
    rules: fc.array(rule, { maxLength: 5 }),
    lists: fc.constantFrom({}, { own: { category: 'games', hosts: ['x.test'] } }),
    default: fc.record({
      action: fc.constantFrom('allow', 'allow', 'block', 'warn'),
      uncategorised: seldom(
        fc
          .constantFrom('allow', 'block', 'warn')
          .map((action) => ({ action, publicTitle: 'Unknown', noClause: 'random' })),
      ),
    }),
    mode: fc.constantFrom('enforce', 'enforce', 'observe'),
    tunnelWarn: fc.constantFrom('block', 'allow'),
  })
  .map(({ illegal: lawless, locked, rules, default: fallback, ...rest }) =>
    written({
      hallpass: 1,
      title: 'Random',
      timeZone: 'America/Chicago',
      categories: Object.fromEntries(categories.map((name) => [name, { title: name }])),
      ...rest,
      illegal: numbered('illegal', lawless),
      locked: numbered('locked', locked),
      rules: numbered('rule', rules),
      default: { ...fallback, publicTitle: 'Default', noClause: 'random' },
    }),
  );

const entry = fc.constantFrom(
  ...hosts,
  ...hosts.map((host) => `=${host}`),
  '*.a.test',
  'test',
  'a.test/x',
  '=b.a.test/bad',
  'x.test/watch?v=1',
  'url **.test/x/**',
  'regex /x/[a-z]+/z',
  'ip 10.1.2.0-10.1.2.9',
  'ip 2001:db8::/32',
  'term free games',
  'ext exe',
  'type video/*',
);

const services = `services:
  - { kind: safe-search, id: finder, hosts: [x.test], set: { safe: active } }
  - { kind: youtube, id: youtube, hosts: [=a.test] }
  - { kind: google-accounts, id: google, hosts: [a.test] }
  - { kind: microsoft-tenants, id: microsoft, hosts: [b.a.test] }
`;

/** Two files, which may say of one category that something is in it and that it is not; and the tables. */
export const lists = fc
  .tuple(
    ...['one', 'two'].map(() =>
      fc.array(fc.tuple(fc.constantFrom(...categories), entry, fc.constantFrom('', '', '', '! ')), {
        maxLength: 4,
      }),
    ),
  )
  .map((files) => [
    ...files.map((all, i) => ({
      name: `list-${String(i)}`,
      text: all
        .flatMap(([category, text, except]) => [`@category ${category}`, `${except}${text}`])
        .join('\n'),
    })),
    { name: 'table-services', text: services },
  ]);

const agents = ['Mozilla/5.0 Roblox/1', 'curl/8.0', ''];
const head = fc.record({
  'user-agent': fc.constantFrom(...agents),
  'sec-fetch-dest': fc.constantFrom('', 'document', 'image', 'script'),
  'sec-fetch-mode': fc.constantFrom('', 'navigate', 'no-cors'),
  'sec-fetch-site': fc.constantFrom('', 'cross-site', 'none'),
  referer: fc.constantFrom('', 'http://a.test/x', 'http://x.test/'),
  'x-forwarded-for': fc.constantFrom('', '', '10.0.0.1'),
});
const searches = fc.constantFrom(
  null,
  null,
  null,
  { engine: 'finder', words: ['free', 'old', 'games'] },
  { engine: 'finder', words: ['chess'] },
);

const url = fc.oneof(
  fc.constantFrom('unknown' as const, 'unobtainable' as const),
  fc
    .record({
      method: fc.constantFrom('GET', 'POST', 'PUT'),
      rawPath: fc.constantFrom(
        '/',
        '/x',
        '/x/y',
        '/x/y/z',
        '/bad',
        '/%62ad',
        '/a/../x/y',
        '//bad',
        '/?',
        '/x%2Fy',
        '/x/../bad',
        '/X/Y',
        '/watch',
        '/x/Setup.EXE',
      ),
      query: fc.constantFrom('', 'q=1', 'v=1&t=2'),
      body: fc.constantFrom(0, 0, 10, 5_000, null),
      fields: head,
      search: searches,
    })
    .map(({ method, rawPath, query, body, fields, search }): UrlFacts => {
      const sent = new Map(Object.entries(fields).filter(([, value]) => value !== ''));
      const read = new RequestUrl(method, rawPath, query, {
        fields: { keys: [...sent.keys()], get: (key) => sent.get(key) },
        body,
      });
      const { path, extension, upload, headers } = read;
      return { method, path, rawPath, query, search, extension, upload, headers };
    }),
);

const oneFacts: fc.Arbitrary<RequestFacts> = fc
  .record({
    host: fc.constantFrom(...hosts, 'unlisted.test', 'zz.c.b.a.test'),
    port: fc.constantFrom(80, 443, 8443),
    url,
    aliases: few(['x.test', 'c.b.a.test', 'na.test'], 2),
    response: fc.constantFrom(
      'unknown' as const,
      { mediaType: 'video/mp4', size: null },
      { mediaType: 'text/html', size: 10 },
    ),
  })
  .map(({ host, port, url: seen, response, ...more }) => {
    const canonical = canonicalHost(host);
    if (!canonical.ok) throw new Error(`bad host ${host}`);
    return {
      scheme: typeof seen === 'string' ? 'https' : 'http',
      host: canonical.host,
      hostKind: canonical.kind,
      port,
      url: seen,
      inner: noFacts,
      mixedScript: host === 'unlisted.test',
      response: typeof seen === 'string' ? seen : response,
      ...more,
    };
  });

export const facts: fc.Arbitrary<RequestFacts> = fc
  .tuple(oneFacts, fc.oneof({ weight: 5, arbitrary: fc.constant([]) }, fc.array(oneFacts, { maxLength: 2 })))
  .map(([outer, inner]) => (typeof outer.url === 'string' ? outer : { ...outer, inner }));

const person = fc
  .record({
    login: fc.constantFrom('ann', 'bob'),
    groups: some(groups, 3),
    schools: some(schools),
    born: fc.constantFrom(null, '2009-09-07', '1990-01-31', '2021-02-29', 'long ago'),
  })
  .map(({ login, groups: names, schools: at, born }) => ({
    born,
    key: `key-${login}`,
    login,
    name: login,
    groups: names.map((name) => ({ key: `key-${name}`, name, dn: `cn=${name},dc=test` })),
    schools: at,
  }));

export const subject: fc.Arbitrary<Subject> = fc.record({
  ip: fc.constantFrom('10.1.2.3', '10.1.9.9', '192.168.1.1', '2001:db8::1'),
  identity: fc.oneof(fc.constantFrom<Identity>('unknown', 'unidentified'), person),
});

/** Moments of a fortnight of September 2026, and of both nights on which the clocks change. */
export const at = fc.oneof(
  fc.integer({ min: Date.parse('2026-09-01T00:00Z'), max: Date.parse('2026-09-14T00:00Z') }),
  fc.integer({ min: Date.parse('2026-10-31T20:00Z'), max: Date.parse('2026-11-01T20:00Z') }),
  fc.integer({ min: Date.parse('2026-03-07T20:00Z'), max: Date.parse('2026-03-08T20:00Z') }),
);

export const grants = (when: number, where: string, who: Subject): fc.Arbitrary<Grant[]> => {
  const own = typeof who.identity === 'string' ? 'key-ann' : who.identity.key;
  const common = { id: fc.uuid(), expires: fc.constantFrom(when - 1, when, when + 1) };
  return fc.array(
    fc.oneof(
      fc.record({
        ...common,
        kind: fc.constant('continue' as const),
        subject: fc.constant(own),
        rule: fc.constantFrom('rule0', 'rule1', 'locked0', 'default', 'uncategorised'),
        host: fc.constantFrom(where, 'a.test'),
      }),
      fc
        .record({
          ...common,
          who: fc.constantFrom<[OverrideGrant['subjectKind'], string]>(
            ['person', own],
            ['person', 'key-bob'],
            ['group', 'key-chess'],
          ),
          host: fc.constantFrom(where, 'a.test', 'x.test'),
          path: fc.constantFrom(null, null, '/', '/x'),
        })
        .map(({ who: [subjectKind, subject], ...rest }) => ({
          kind: 'override' as const,
          subject,
          subjectKind,
          ...rest,
        })),
      fc.record({ ...common, kind: fc.constant('research' as const), subject: fc.constant(own) }),
    ),
    { maxLength: 2 },
  );
};

/** Mostly none, as on most days. */
export const emergency: fc.Arbitrary<Emergency> = fc.oneof(
  { weight: 3, arbitrary: fc.constant(noEmergency) },
  fc.record({
    floorOnly: fc.constantFrom(null, { id: 'f', began: 0, until: 1 }),
    closed: fc
      .uniqueArray(fc.constantFrom('a.test', 'b.a.test', 'x.test', 'na.test'), { maxLength: 2 })
      .map((hosts) => hosts.map((host) => ({ id: host, host, until: null }))),
  }),
);

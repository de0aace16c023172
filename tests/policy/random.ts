/** Random small districts: few names, so that rules, subjects and requests meet often. */
import fc from 'fast-check';
import { canonicalHost } from '../../policy/facts.ts';
import type { Grant } from '../../policy/decision.ts';
import { noFacts, noNames } from '../../policy/request.ts';
import type { RequestFacts } from '../../policy/request.ts';
import type { Identity, Subject } from '../../policy/subject.ts';
import { RequestUrl } from '../../policy/url-facts.ts';

const categories = ['games', 'adult', 'crisis', 'testing'] as const;
const hosts = ['a.test', 'b.a.test', 'c.b.a.test', 'x.test', 'games.x.test', 'na.test', '10.1.2.3'] as const;
const groups = ['students', 'staff', 'chess'] as const;
const schools = ['north', 'south'] as const;
const audiences = ['one', 'two'] as const;
const networks = ['lab', 'office'] as const;
const schedules = ['class', 'night'] as const;

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
      methods: fc.oneof({ weight: 4, arbitrary: fc.constant([]) }, some(['GET', 'POST'])),
      ports: fc.oneof({ weight: 4, arbitrary: fc.constant([]) }, some([80, 443])),
    }),
    when: fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, one(schedules)),
    action: fc.constantFrom('allow', 'block', 'warn'),
    log: fc.constantFrom(undefined, true, false),
  },
  { requiredKeys: ['for', 'match', 'action'] },
);

type Numbered = Record<string, unknown>;
const numbered = (prefix: string, rules: readonly Numbered[]): Numbered[] =>
  rules.map((each, index) => ({
    id: `${prefix}${index}`,
    title: 'A rule',
    publicTitle: 'A rule',
    noClause: 'random',
    ...Object.fromEntries(Object.entries(each).filter(([, value]) => value !== undefined)),
  }));

/** A policy document as a plain value, ready for JSON (which is YAML). */
export const policyDocument = fc
  .record({
    audiences: fc.record({ one: audience, two: audience }),
    networks: fc.record({ lab: network('10.1.0.0/16'), office: network('10.1.2.0/24') }),
    schedules: fc.record({ class: schedule, night: schedule }),
    crisis: fc.constantFrom({}, { categories: ['crisis'] }, { hosts: ['=na.test'] }),
    testing: fc.constantFrom({}, { categories: ['testing'] }),
    locked: fc.array(rule, { maxLength: 2 }),
    rules: fc.array(rule, { maxLength: 5 }),
    lists: fc.constantFrom({}, { own: { category: 'games', hosts: ['x.test'] } }),
    default: fc.record({ action: fc.constantFrom('allow', 'allow', 'block', 'warn') }),
    mode: fc.constantFrom('enforce', 'enforce', 'observe'),
    tunnelWarn: fc.constantFrom('block', 'allow'),
  })
  .map(({ locked, rules, default: fallback, ...rest }) => ({
    hallpass: 1,
    title: 'Random',
    timeZone: 'America/Chicago',
    categories: Object.fromEntries(categories.map((name) => [name, { title: name }])),
    ...rest,
    locked: numbered('locked', locked),
    rules: numbered('rule', rules),
    default: { ...fallback, publicTitle: 'Default', noClause: 'random' },
  }));

export const entries = fc.array(
  fc.record({
    category: fc.constantFrom(...categories),
    host: fc.constantFrom(...hosts),
    exact: fc.boolean(),
  }),
  { maxLength: 5 },
);

export const facts: fc.Arbitrary<RequestFacts> = fc
  .record({
    host: fc.constantFrom(...hosts, 'unlisted.test', 'zz.c.b.a.test'),
    port: fc.constantFrom(80, 443, 8443),
    url: fc.oneof(
      fc.constantFrom('unknown' as const, 'unobtainable' as const),
      fc.record({
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
        ),
        query: fc.constantFrom('', 'q=1'),
      }),
    ),
  })
  .map(({ host, port, url }) => {
    const canonical = canonicalHost(host);
    if (!canonical.ok) throw new Error(`bad host ${host}`);
    return {
      scheme: typeof url === 'string' ? 'https' : 'http',
      host: canonical.host,
      hostKind: canonical.kind,
      port,
      url: typeof url === 'string' ? url : new RequestUrl(url.method, url.rawPath, url.query, null),
      inner: noFacts,
      aliases: noNames,
      mixedScript: false,
      response: typeof url === 'string' ? url : 'unknown',
    };
  });

const person = fc
  .record({
    login: fc.constantFrom('ann', 'bob'),
    groups: some(groups, 3),
    schools: some(schools),
  })
  .map(({ login, groups: names, schools: at }) => ({
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

export const grants = (when: number, where: string, who: Subject): fc.Arbitrary<Grant[]> =>
  fc.array(
    fc.record({
      id: fc.uuid(),
      kind: fc.constant('continue' as const),
      subject: fc.constant(typeof who.identity === 'string' ? 'key-ann' : who.identity.key),
      rule: fc.constantFrom('rule0', 'rule1', 'locked0', 'default'),
      host: fc.constantFrom(where, 'a.test'),
      expires: fc.constantFrom(when - 1, when, when + 1),
    }),
    { maxLength: 2 },
  );

/** What a policy means, tier by tier and condition by condition, in the words of the oracle. */
import { describe, expect, it } from 'vitest';
import { formatProblem } from '../../policy/errors.ts';
import type { ContinueGrant, Decision, Grant } from '../../policy/decision.ts';
import { requestFacts, tunnelFacts } from '../../policy/facts.ts';
import { parsePolicy } from '../../policy/model/parse.ts';
import type { ReferenceEntry } from '../../policy/reference.ts';
import { referenceDecide } from '../../policy/reference.ts';
import type { RequestFacts } from '../../policy/request.ts';
import type { Identity, Person, Subject } from '../../policy/subject.ts';

type Fields = Readonly<Record<string, unknown>>;

const rule = (id: string, action: string, match: Fields, more: Fields = {}): Fields => ({
  id,
  action,
  match,
  title: id,
  publicTitle: id,
  noClause: 'a test',
  ...more,
});

const base = {
  hallpass: 1,
  title: 'Test',
  timeZone: 'America/New_York',
  audiences: {
    students: { title: 'Students', groups: ['students'] },
    staff: { title: 'Staff', groups: ['staff'] },
    juniors: { title: 'Juniors', groups: ['students'], except: { groups: ['seniors'] } },
    'in-lab': { title: 'In the lab', networks: ['lab'] },
    'lab-students': { title: 'In the lab, but staff', networks: ['lab'], except: { groups: ['staff'] } },
    guests: { title: 'Guests' },
    kids: { title: 'Kids' },
    north: { title: 'North', schools: ['north'] },
    named: { title: 'Named', users: ['ANN', 'key-cem'] },
  },
  networks: {
    campus: { title: 'Campus', cidrs: ['10.0.0.0/8'], unidentified: 'guests' },
    lab: { title: 'Lab', cidrs: ['10.1.0.0/16'] },
    rooms: { title: 'Rooms', cidrs: ['10.1.2.0/24'], signIn: 'never', audiences: ['kids'] },
  },
  categories: { help: { title: 'Help' }, exams: { title: 'Exams' }, games: { title: 'Games' } },
  default: { action: 'allow', publicTitle: 'Open', noClause: 'a test' },
};

const away = '192.0.2.1';
const person = (login: string, groups: readonly string[] = [], schools: readonly string[] = []): Person => ({
  key: `key-${login}`,
  login,
  name: login,
  groups: groups.map((name) => ({ key: `key-${name}`, name, dn: `cn=${name},dc=test` })),
  schools,
});
const ann = person('ann', ['students']);
const senior = person('sam', ['students', 'seniors']);
const teacher = person('tom', ['staff']);

function get(url: string, method = 'GET'): RequestFacts {
  const [, rawHost = '', port = '80', rawPath = ''] = /^([^/:]+)(?::(\d+))?(\/.*)$/.exec(url) ?? [];
  const made = requestFacts({ scheme: 'http', rawHost, port: Number(port), method, rawPath, rawQuery: '' });
  if (!made.ok) throw new Error(made.code);
  return made.facts;
}

function connect(host: string, url: 'unknown' | 'unobtainable' = 'unobtainable', port = 443): RequestFacts {
  const made = tunnelFacts(host, port, url);
  if (!made.ok) throw new Error(made.code);
  return made.facts;
}

interface Question {
  readonly facts?: RequestFacts;
  readonly who?: Identity;
  readonly ip?: string;
  readonly at?: string;
  readonly grants?: readonly Grant[];
  readonly entries?: readonly ReferenceEntry[];
}

function ask(policy: Fields, question: Question = {}): Decision {
  const parsed = parsePolicy(JSON.stringify({ ...base, ...policy }), 'test.yaml');
  if (!parsed.ok) throw new Error(parsed.problems.map(formatProblem).join('\n'));
  const { facts = get('a.test/'), who = ann, ip = away, grants = [], entries = [] } = question;
  const subject: Subject = { ip, identity: who };
  const at = Date.parse(question.at ?? '2026-10-13T10:00:00-04:00');
  return referenceDecide({ policy: parsed.value, entries }, facts, subject, grants, at);
}

/** `tier rule action`, and what would settle it. */
const said = ({ tier, rule: id, action, needs }: Decision): string =>
  [tier, id, action, ...needs.map((need) => `?${need}`)].join(' ');

const everywhere = { hosts: ['a.test'] };

describe('the tiers', () => {
  const ladder = [
    { crisis: { hosts: ['a.test'] } },
    { testing: { hosts: ['a.test'] } },
    { locked: [rule('floor', 'block', everywhere)] },
    { rules: [rule('first', 'allow', everywhere), rule('second', 'block', everywhere)] },
    {},
  ];
  const wins = [
    'crisis crisis allow',
    'testing testing allow',
    'locked floor block',
    'ordered first allow',
    'default default allow',
  ];
  it.each(wins.map((won, from) => ({ won, from })))('$won stands above all that follow', ({ won, from }) => {
    expect(said(ask(Object.assign({}, ...ladder.slice(from)) as Fields))).toBe(won);
  });

  it.each([
    ['a block', 'block', undefined, true],
    ['a warn', 'warn', undefined, true],
    ['an allow', 'allow', undefined, false],
    ['a quiet block', 'block', false, false],
    ['a watched allow', 'allow', true, true],
  ])('%s is recorded as it should be', (_, action, log, recorded) => {
    const more = log === undefined ? {} : { log };
    expect(ask({ rules: [rule('r', action, everywhere, more)] }).log).toBe(recorded);
    expect(ask({ default: { ...base.default, action, ...more } }).log).toBe(recorded);
  });

  it('cites the clause of the rule that decided', () => {
    const cites = { ...rule('r', 'block', everywhere), noClause: undefined, clause: 'games' };
    expect(ask({ rules: [cites] }).clause).toBe('games');
    expect(ask({ rules: [rule('r', 'block', everywhere)] }).clause).toBeNull();
  });
});

describe('places', () => {
  it.each([
    ['a.test', 'a.test/', true],
    ['a.test', 'x.y.a.test/', true],
    ['a.test', 'na.test/', false],
    ['A.Test.', 'a.test/', true],
    ['=a.test', 'x.a.test/', false],
    ['*.a.test', 'x.a.test/', true],
    ['*.a.test', 'a.test/', false],
    ['*.a.test', 'x.y.a.test/', false],
    ['b\u00fccher.test', 'xn--bcher-kva.test/', true],
    ['192.0.2.7', '3221225991/', true],
  ])('host `%s` and %s: %s', (pattern, url, matches) => {
    const { rule: id } = ask({ rules: [rule('r', 'block', { hosts: [pattern] })] }, { facts: get(url) });
    expect(id).toBe(matches ? 'r' : 'default');
  });

  it.each([
    ['a.test/x/*', 'a.test/x/y', true],
    ['a.test/x/*', 'a.test/x', false],
    ['a.test/x/*', 'a.test/x/y/z', false],
    ['a.test/x/**', 'a.test/x', true],
    ['a.test/x/**', 'a.test/x/y/z', true],
    ['a.test/x/**', 'a.test/xy', false],
    ['a.test/**/z', 'a.test/z', true],
    ['a.test/w*h', 'a.test/watch', true],
    ['a.test/w*h', 'a.test/w/h', false],
    ['a.test/Watch', 'a.test/wATCH', true],
    ['a.test/watch', 'a.test/w%61tch/', true],
    ['a.test/watch', 'a.test/x/../watch', true],
    ['a.test/a.c', 'a.test/abc', false],
    ['a.test/', 'a.test/', true],
    ['a.test/', 'a.test/x', false],
    ['a.test/**', 'x.a.test/', false],
    ['*.a.test/**', 'x.a.test/y', true],
    ['*.a.test/**', 'x.y.a.test/y', false],
    ['**.a.test/**', 'x.y.a.test/y', true],
    ['**.a.test/**', 'a.test/', true],
  ])('URL `%s` and %s: %s', (glob, url, matches) => {
    const { rule: id } = ask({ rules: [rule('r', 'block', { urls: [glob] })] }, { facts: get(url) });
    expect(id).toBe(matches ? 'r' : 'default');
  });

  it.each([
    ['block', 'r'],
    ['warn', 'r'],
    ['allow', 'default'],
  ])('the raw path may close and not open: %s', (action, decides) => {
    const facts = get('a.test/x%2Fy');
    expect(ask({ rules: [rule('r', action, { urls: ['a.test/*'] })] }, { facts }).rule).toBe(decides);
  });

  it.each([
    ['a list, sub-domains too', { category: 'games', host: 'a.test', exact: false }, 'x.a.test/', true],
    ['a list, this host alone', { category: 'games', host: 'a.test', exact: true }, 'x.a.test/', false],
    ['a list of another category', { category: 'exams', host: 'a.test', exact: false }, 'a.test/', false],
    ['the policy\u2019s own list', { category: 'exams', host: 'z.test', exact: true }, 'own.test/', true],
  ])('%s', (_, entry, url, matches) => {
    const lists = { own: { category: 'games', hosts: ['own.test'] } };
    const policy = { lists, rules: [rule('r', 'block', { categories: ['games'] })] };
    const place = { list: 'l', file: null, source: null, line: 1, except: false } as const;
    const { category, host, exact } = entry;
    const reach = exact ? 'exact' : 'subtree';
    const entries = [{ ...place, category, kind: 'host', host, reach }] as const;
    expect(ask(policy, { facts: get(url), entries }).rule).toBe(matches ? 'r' : 'default');
  });

  it.each([
    ['a method', { methods: ['POST'] }, get('a.test/', 'POST'), true],
    ['another method', { methods: ['POST'] }, get('a.test/'), false],
    ['a method in other letters', { methods: ['POST'] }, get('a.test/', 'post'), false],
    ['a port', { ports: [8080] }, get('a.test:8080/'), true],
    ['another port', { ports: [8080] }, get('a.test/'), false],
    ['a place and a port', { hosts: ['b.test'], ports: [80] }, get('a.test/'), false],
    ['any one place', { hosts: ['b.test'], urls: ['a.test/**'] }, get('a.test/'), true],
  ])('%s narrows: %#', (_, match, facts, matches) => {
    expect(ask({ rules: [rule('r', 'block', match)] }, { facts }).rule).toBe(matches ? 'r' : 'default');
  });
});

describe('audiences', () => {
  const forOnly = (name: string) => ({ rules: [rule('r', 'block', {}, { for: [name] })] });
  const rows: readonly (readonly [audience: string, who: Identity, ip: string, decision: string])[] = [
    ['students', ann, away, 'ordered r block'],
    ['students', person('x', ['STUDENTS']), away, 'ordered r block'],
    ['students', teacher, away, 'default default allow'],
    ['students', 'unidentified', away, 'default default allow'],
    ['students', 'unknown', away, 'default default allow ?identity'],
    ['juniors', ann, away, 'ordered r block'],
    ['juniors', senior, away, 'default default allow'],
    ['north', person('x', [], ['north']), away, 'ordered r block'],
    ['north', person('x', [], ['south']), away, 'default default allow'],
    ['named', ann, away, 'ordered r block'],
    ['named', person('dan'), away, 'default default allow'],
    ['named', person('cem'), away, 'ordered r block'],
    ['in-lab', ann, '10.1.7.7', 'ordered r block'],
    ['in-lab', 'unknown', '10.1.7.7', 'ordered r block'],
    ['in-lab', ann, '10.2.7.7', 'default default allow'],
    ['in-lab', 'unknown', '10.2.7.7', 'default default allow'],
    ['lab-students', 'unknown', '10.1.7.7', 'ordered r block ?identity'],
    ['lab-students', 'unidentified', '10.1.7.7', 'ordered r block'],
    ['lab-students', teacher, '10.1.7.7', 'default default allow'],
    ['guests', 'unidentified', '10.2.7.7', 'ordered r block'],
    ['guests', 'unknown', '10.2.7.7', 'ordered r block ?identity'],
    ['guests', ann, '10.2.7.7', 'default default allow'],
    ['guests', 'unidentified', '10.1.7.7', 'default default allow'],
    ['kids', 'unknown', '10.1.2.7', 'ordered r block'],
    ['students', 'unknown', '10.1.2.7', 'default default allow'],
    ['in-lab', ann, '10.1.2.7', 'default default allow'],
    ['anyone', 'unknown', away, 'ordered r block'],
    ['anyone', 'unidentified', away, 'ordered r block'],
  ];
  const named = rows.map(([audience, who, ip, decision]) => ({
    audience,
    who,
    ip,
    decision,
    called: typeof who === 'string' ? who : [who.login, ...who.groups.map(({ name }) => name)].join(' of '),
  }));
  it.each(named)('$audience: $called, from $ip: $decision', ({ audience, who, ip, decision }) => {
    expect(said(ask(forOnly(audience), { who, ip }))).toBe(decision);
  });
});

describe('needs', () => {
  const students = { for: ['students'] };
  const block = (id: string, more: Fields = students) => rule(id, 'block', everywhere, more);
  const allow = (id: string, more: Fields = students) => rule(id, 'allow', everywhere, more);
  const unknown = connect('a.test', 'unknown');
  const byUrl = rule('path', 'block', { urls: ['a.test/x'] });
  it.each<[string, readonly Fields[], RequestFacts, string]>([
    [
      'nobody is asked where no rule depends on it',
      [rule('r', 'block', everywhere)],
      get('a.test/'),
      'ordered r block',
    ],
    ['nobody is asked elsewhere', [block('r')], get('b.test/'), 'default default allow'],
    ['a rule about some asks', [block('r')], get('a.test/'), 'default default allow ?identity'],
    [
      'an unrecorded allow before the same asks nobody',
      [allow('r')],
      get('a.test/'),
      'default default allow',
    ],
    [
      'a recorded allow asks',
      [allow('r', { ...students, log: true })],
      get('a.test/'),
      'default default allow ?identity',
    ],
    [
      'an allow before a block asks',
      [allow('r'), rule('s', 'block', everywhere)],
      get('a.test/'),
      'ordered s block ?identity',
    ],
    [
      'what stands after the rule that decides asks nobody',
      [rule('r', 'allow', everywhere), block('s')],
      get('a.test/'),
      'ordered r allow',
    ],
    ['a path asks for the URL', [byUrl], unknown, 'default default allow ?url'],
    [
      'a method asks for the URL',
      [rule('r', 'block', { ...everywhere, methods: ['PUT'] })],
      unknown,
      'default default allow ?url',
    ],
    [
      'a path of another host does not',
      [rule('r', 'block', { urls: ['b.test/x'] })],
      unknown,
      'default default allow',
    ],
    [
      'a URL beside the host itself does not',
      [rule('r', 'block', { ...everywhere, urls: ['a.test/x'] })],
      unknown,
      'ordered r block',
    ],
    [
      'both are asked where both matter',
      [byUrl, block('r')],
      unknown,
      'default default allow ?identity ?url',
    ],
    ['a URL that cannot be had does not match', [byUrl], connect('a.test'), 'default default allow'],
  ])('%s', (_, rules, facts, decision) => {
    expect(said(ask({ rules }, { facts, who: 'unknown' }))).toBe(decision);
  });

  it('with needs, says what holds if they cannot be had', () => {
    const rules = [rule('guests', 'block', everywhere, { for: ['guests'] })];
    const asked = ask({ rules }, { who: 'unknown', ip: '10.2.7.7' });
    const never = ask({ rules }, { who: 'unidentified', ip: '10.2.7.7' });
    expect(asked).toEqual({ ...never, needs: ['identity'] });
  });

  it('crisis and testing ask nothing', () => {
    const policy = { crisis: { hosts: ['a.test'] }, locked: [block('r')] };
    expect(ask(policy, { who: 'unknown', facts: unknown })).toMatchObject({
      tier: 'crisis',
      needs: [],
      log: false,
    });
    expect(said(ask({ testing: { hosts: ['a.test'] }, locked: [block('r')] }, { who: 'unknown' }))).toBe(
      'testing testing allow',
    );
  });
});

describe('schedules', () => {
  const days = ['mon', 'tue', 'wed', 'thu', 'fri'];
  const week = [...days, 'sat', 'sun'];
  const lessons = { windows: [{ days, from: '08:00', to: '15:00' }] };
  const night = { windows: [{ days: ['fri'], from: '22:00', to: '06:00' }] };
  const fair = {
    windows: [{ days: week, from: '20:00', to: '02:00', dates: [{ from: '2026-06-08', to: '2026-06-09' }] }],
  };
  const term = { windows: [{ days: week }], except: [{ from: '2026-11-26', to: '2026-11-27' }] };
  const early = { windows: [{ days: ['sun'], from: '01:30', to: '03:30' }] };
  const gone = { windows: [{ days: ['sun'], from: '02:15', to: '02:45' }] };
  it.each<[string, Fields, string, boolean]>([
    ['its first moment', lessons, '2026-10-13T08:00:00-04:00', true],
    ['just before', lessons, '2026-10-13T07:59:59.999-04:00', false],
    ['its end', lessons, '2026-10-13T15:00:00-04:00', false],
    ['another day', lessons, '2026-10-17T10:00:00-04:00', false],
    ['another zone', { ...lessons, timeZone: 'Pacific/Honolulu' }, '2026-10-13T10:00:00-04:00', false],
    [
      'that zone’s own morning',
      { ...lessons, timeZone: 'Pacific/Honolulu' },
      '2026-10-13T10:00:00-10:00',
      true,
    ],
    ['before midnight', night, '2026-10-16T23:59:59-04:00', true],
    ['after midnight', night, '2026-10-17T05:59:59-04:00', true],
    ['the morning of the day on which it begins', night, '2026-10-16T05:00:00-04:00', false],
    ['the last date’s night', fair, '2026-06-10T01:00:00-04:00', true],
    ['the night before the first date', fair, '2026-06-08T01:00:00-04:00', false],
    ['the evening after the last date', fair, '2026-06-10T21:00:00-04:00', false],
    ['a whole day', term, '2026-11-25T23:59:59-05:00', true],
    ['an excepted date', term, '2026-11-26T00:00:00-05:00', false],
    ['the day after the exception', term, '2026-11-28T00:00:00-05:00', true],
    ['clocks forward, before the gap', early, '2026-03-08T01:45:00-05:00', true],
    ['clocks forward, after the gap', early, '2026-03-08T03:15:00-04:00', true],
    ['clocks forward, its end', early, '2026-03-08T03:30:00-04:00', false],
    ['clocks forward, a window in the gap comes after it', gone, '2026-03-08T03:20:00-04:00', true],
    ['clocks back, the first half past one', early, '2026-11-01T01:30:00-04:00', true],
    ['clocks back, the second half past one', early, '2026-11-01T01:30:00-05:00', true],
    ['clocks back, a quarter past one between them', early, '2026-11-01T01:15:00-05:00', true],
    ['clocks back, before it begins', early, '2026-11-01T01:15:00-04:00', false],
    ['clocks back, its end', early, '2026-11-01T03:30:00-05:00', false],
  ])('%s', (_, schedule, at, open) => {
    const policy = { schedules: { s: schedule }, rules: [rule('r', 'block', everywhere, { when: ['s'] })] };
    expect(ask(policy, { at }).rule).toBe(open ? 'r' : 'default');
  });

  it('any one schedule is enough', () => {
    const policy = {
      schedules: { lessons, night },
      rules: [rule('r', 'block', everywhere, { when: ['night', 'lessons'] })],
    };
    expect(ask(policy).rule).toBe('r');
  });
});

describe('grants', () => {
  const at = '2026-10-13T10:00:00-04:00';
  const grant: ContinueGrant = {
    id: 'g-1',
    kind: 'continue',
    subject: ann.key,
    rule: 'think',
    host: 'a.test',
    expires: Date.parse(at) + 1,
  };
  const think = rule('think', 'warn', everywhere);
  it.each<[string, Fields, Partial<ContinueGrant>, Identity, string]>([
    ['opens what warned', { rules: [think] }, {}, ann, 'grant think allow'],
    ['of another person', { rules: [think] }, { subject: teacher.key }, ann, 'ordered think warn'],
    ['of another rule', { rules: [think] }, { rule: 'other' }, ann, 'ordered think warn'],
    ['for another host', { rules: [think] }, { host: 'b.test' }, ann, 'ordered think warn'],
    ['that has ended', { rules: [think] }, { expires: Date.parse(at) }, ann, 'ordered think warn'],
    ['of nobody known', { rules: [think] }, {}, 'unidentified', 'ordered think warn'],
    ['opens no block', { rules: [{ ...think, action: 'block' }] }, {}, ann, 'ordered think block'],
    ['opens no locked rule', { locked: [think] }, {}, ann, 'locked think warn'],
    ['opens no earlier rule', { rules: [rule('r', 'block', everywhere), think] }, {}, ann, 'ordered r block'],
  ])('%s', (_, policy, change, who, decision) => {
    expect(said(ask(policy, { who, at, grants: [{ ...grant, ...change }] }))).toBe(decision);
  });

  it('names the grant, keeps the clause, and is not recorded', () => {
    const decision = ask(
      { rules: [{ ...think, noClause: undefined, clause: 'c' }] },
      { at, grants: [grant] },
    );
    expect(decision).toMatchObject({ tier: 'grant', clause: 'c', log: false, grantsUsed: ['g-1'] });
  });

  it('is recorded where the rule says so', () => {
    expect(ask({ rules: [{ ...think, log: true }] }, { at, grants: [grant] }).log).toBe(true);
  });
});

/** The policy as text → the policy as a value of which every name leads somewhere. */
import type { z } from 'zod';
import { readCidr } from '../cidr.ts';
import type { Problem, ProblemCode } from '../errors.ts';
import type { Aup } from './aup.ts';
import { meant } from './nearest.ts';
import { readExpression } from '../expression.ts';
import { parseHostPattern, parseTopLevel, parseUrlPattern } from './patterns.ts';
import type { Read } from './patterns.ts';
import { policy as policySchema } from './policy.ts';
import type { Policy, Rule } from './policy.ts';
import { validTimeZone } from './time-zone.ts';
import { readYaml } from './yaml-document.ts';
import type { YamlPositions } from './yaml-document.ts';

export type PolicyResult =
  | { readonly ok: true; readonly value: Policy; readonly positions: YamlPositions }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Names that the engine itself gives; a rule or an audience of such a name could not be told from them. */
const RESERVED_RULES = ['default', 'uncategorised', 'crisis', 'testing', 'override', 'closed-now'];
const ANYONE = 'anyone';
/** What `unidentified` of a network may say instead of an audience. */
const REFUSE = 'refuse';
const RESERVED_AUDIENCES = [ANYONE, REFUSE];

const formNames = {
  'bad-host': 'host',
  'bad-url': 'URL pattern',
  'bad-expression': 'regular expression that can be used',
  'bad-cidr': 'range of addresses',
} as const satisfies Partial<Record<ProblemCode, string>>;

/**
 * Reads a policy document. With the AUP at hand, the clauses that rules name are checked too; `categories` are those
 * that lists define besides the policy's own.
 */
export function parsePolicy(text: string, file: string, aup?: Aup): PolicyResult {
  const read = readYaml(text, file, policySchema as z.ZodType<Policy>);
  if (!read.ok) return read;
  const check = new Check(read.value, read.positions, aup);
  check.document();
  return check.problems.length > 0
    ? { ok: false, problems: check.problems }
    : { ok: true, value: read.value, positions: read.positions };
}

type Path = readonly PropertyKey[];

class Check {
  readonly problems: Problem[] = [];
  readonly #policy: Policy;
  readonly #positions: YamlPositions;
  readonly #audiences: readonly string[];
  readonly #clauses: readonly string[] | null;

  constructor(policy: Policy, positions: YamlPositions, aup?: Aup) {
    this.#policy = policy;
    this.#positions = positions;
    this.#audiences = [ANYONE, ...Object.keys(policy.audiences)];
    this.#clauses = aup === undefined ? null : aup.texts[0].clauses.map((clause) => clause.id);
  }

  document(): void {
    const policy = this.#policy;
    this.#zone(policy.timeZone, ['timeZone']);
    for (const [name, audience] of Object.entries(policy.audiences)) {
      if (RESERVED_AUDIENCES.includes(name)) this.#reserved(['audiences', name], name);
      this.#known('unknown-network', audience.networks, Object.keys(policy.networks), [
        'audiences',
        name,
        'networks',
      ]);
    }
    this.#networks();
    this.#schedules();
    for (const [name, list] of Object.entries(policy.lists)) {
      this.#category(list.category, ['lists', name, 'category']);
      this.#forms('bad-host', list.hosts, ['lists', name, 'hosts'], parseListHost);
    }
    for (const place of ['crisis', 'testing'] as const) this.#place(policy[place], [place]);
    this.#rules();
    this.#clause(policy.default.clause, ['default', 'clause']);
    this.#clause(policy.default.uncategorised?.clause, ['default', 'uncategorised', 'clause']);
    this.#known('unknown-schedule', policy.freeze, Object.keys(policy.schedules), ['freeze']);
  }

  #networks(): void {
    for (const [name, network] of Object.entries(this.#policy.networks)) {
      const path = ['networks', name];
      this.#forms('bad-cidr', network.cidrs, [...path, 'cidrs'], readCidr);
      this.#known('unknown-audience', network.audiences, this.#audiences, [...path, 'audiences']);
      const fallback = [...this.#audiences, REFUSE];
      if (!fallback.includes(network.unidentified))
        this.#unknown('unknown-audience', network.unidentified, fallback, [...path, 'unidentified']);
    }
  }

  #schedules(): void {
    for (const [name, schedule] of Object.entries(this.#policy.schedules)) {
      const path = ['schedules', name];
      if (schedule.timeZone !== undefined) this.#zone(schedule.timeZone, [...path, 'timeZone']);
      this.#ranges(schedule.except, [...path, 'except']);
      for (const [i, window] of schedule.windows.entries())
        this.#ranges(window.dates ?? [], [...path, 'windows', i, 'dates']);
    }
  }

  #rules(): void {
    const seen = new Set<string>();
    for (const tier of ['illegal', 'locked', 'rules'] as const) {
      for (const [i, rule] of this.#policy[tier].entries()) {
        const path = [tier, i];
        if (tier === 'illegal') this.#illegal(rule, path);
        if (seen.has(rule.id))
          this.#add(
            'duplicate-id',
            [...path, 'id'],
            `two rules are called \`${rule.id}\``,
            'give one another id',
          );
        if (RESERVED_RULES.includes(rule.id)) this.#reserved([...path, 'id'], rule.id);
        seen.add(rule.id);
        this.#rule(rule, path);
      }
    }
  }

  /** What no law allows is closed to everyone, always: a rule that says less belongs elsewhere. */
  #illegal(rule: Rule, path: Path): void {
    const wrong: readonly (readonly [boolean, string, string])[] = [
      [rule.action !== 'block', 'action', 'write `block`'],
      [!rule.for.includes('anyone'), 'for', 'leave `for` away'],
      [rule.when !== undefined, 'when', 'leave `when` away'],
      [rule.expires !== undefined, 'expires', 'leave `expires` away'],
      [rule.observe, 'observe', 'leave `observe` away'],
    ];
    for (const [is, key, hint] of wrong)
      if (is)
        this.#add(
          'bad-value',
          [...path, key],
          `a rule under \`illegal\` closes to everyone, always, and has no such \`${key}\``,
          hint,
        );
  }

  #rule(rule: Rule, path: Path): void {
    this.#clause(rule.clause, [...path, 'clause']);
    this.#clause(rule.publicClause, [...path, 'publicClause']);
    this.#known('unknown-audience', rule.for, this.#audiences, [...path, 'for']);
    this.#known('unknown-schedule', rule.when ?? [], Object.keys(this.#policy.schedules), [...path, 'when']);
    this.#place(rule.match, [...path, 'match']);
    this.#forms('bad-url', rule.match.urls, [...path, 'match', 'urls'], parseUrlPattern);
    this.#forms('bad-expression', rule.match.expressions, [...path, 'match', 'expressions'], readExpression);
    this.#forms('bad-host', rule.match.topLevel, [...path, 'match', 'topLevel'], parseTopLevel);
    const sensitive = rule.match.categories.find((name) => this.#policy.categories[name]?.sensitive === true);
    if (sensitive === undefined) return;
    for (const key of ['publicRule', 'publicClause'] as const)
      if (rule[key] === undefined && (key === 'publicRule' || rule.clause !== undefined))
        this.#add(
          'missing-public',
          path,
          `\`${key}\` is missing in a rule about the sensitive category \`${sensitive}\``,
          'say what its pages show instead',
        );
  }

  #place(place: { categories: readonly string[]; hosts: readonly string[] }, path: Path): void {
    for (const [i, name] of place.categories.entries()) this.#category(name, [...path, 'categories', i]);
    this.#forms('bad-host', place.hosts, [...path, 'hosts'], parseHostPattern);
  }

  #category(name: string, path: Path): void {
    const known = Object.keys(this.#policy.categories);
    if (!known.includes(name)) this.#unknown('unknown-category', name, known, path);
  }

  #clause(id: string | undefined, path: Path): void {
    if (id !== undefined && this.#clauses !== null && !this.#clauses.includes(id))
      this.#unknown('unknown-clause', id, this.#clauses, path);
  }

  #zone(name: string, path: Path): void {
    if (!validTimeZone(name))
      this.#add(
        'bad-time-zone',
        path,
        `\`${name}\` is not a time zone`,
        'write an IANA name such as `America/Chicago`',
      );
  }

  #ranges(ranges: readonly { from: string; to: string }[], path: Path): void {
    for (const [i, { from, to }] of ranges.entries())
      if (to < from)
        this.#add(
          'bad-date-range',
          [...path, i],
          `\`${to}\` is before \`${from}\``,
          'write the earlier date as `from`',
        );
  }

  #forms(
    code: keyof typeof formNames,
    texts: readonly string[],
    path: Path,
    parse: (text: string) => Read<unknown>,
  ): void {
    for (const [i, text] of texts.entries()) {
      const read = parse(text);
      if (!read.ok)
        this.#add(code, [...path, i], `\`${text.slice(0, 100)}\` is no ${formNames[code]}`, read.hint);
    }
  }

  #known(code: ProblemCode, names: readonly string[], known: readonly string[], path: Path): void {
    for (const [i, name] of names.entries())
      if (!known.includes(name)) this.#unknown(code, name, known, [...path, i]);
  }

  #unknown(code: ProblemCode, name: string, known: readonly string[], path: Path): void {
    this.#add(code, path, `unknown ${code.slice('unknown-'.length)} \`${name}\``, meant(name, known));
  }

  #reserved(path: Path, name: string): void {
    this.problems.push(
      this.#positions.problem(
        'reserved-id',
        path,
        `the name \`${name}\` is reserved`,
        'choose another',
        'key',
      ),
    );
  }

  #add(code: ProblemCode, path: Path, message: string, hint: string): void {
    this.problems.push(this.#positions.problem(code, path, message, hint));
  }
}

function parseListHost(text: string): Read<unknown> {
  const read = parseHostPattern(text);
  return read.ok && read.value.reach === 'children'
    ? { ok: false, hint: 'a list names hosts with or without all sub-domains: leave `*.` away' }
    : read;
}

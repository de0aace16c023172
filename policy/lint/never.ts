/** Rules that can never match: their time is over, they are for nobody, or no list fills their places. */
import { ScheduleClock } from '../compile/schedules.ts';
import type { Audience, Policy } from '../model/policy.ts';
import { findingAt } from './finding.ts';
import type { Check, LintFinding, Examined } from './finding.ts';
import { namesPlaces, placedRules } from './rules.ts';
import type { PlacedRule } from './rules.ts';

const day = 86_400_000;
/** An exception that ends within this time is worth a look. */
const soon = 7 * day;

export const expiry: Check = (subject) => {
  const { now } = subject.context;
  return placedRules(subject.policy).flatMap(({ rule, path }) => {
    if (rule.expires === undefined) return [];
    const left = Date.parse(rule.expires) - now;
    const at = [...path, 'expires'];
    if (left <= 0)
      return [
        findingAt(
          ...([subject, 'expired', 'warning', at] as const),
          `\`${rule.id}\` expired at ${rule.expires} and matches nothing any more`,
          'remove the rule, or give it another time',
          rule.id,
        ),
      ];
    if (left > soon) return [];
    return [
      findingAt(
        ...([subject, 'expires-soon', 'hint', at] as const),
        `\`${rule.id}\` expires in ${daysIn(left)}, at ${rule.expires}`,
        'renew it now if it is still needed',
        rule.id,
      ),
    ];
  });
};

function daysIn(span: number): string {
  const days = Math.ceil(span / day);
  return days === 1 ? 'a day' : `${String(days)} days`;
}

export const schedulesOver: Check = (subject) => {
  const { policy, context } = subject;
  const over = new Set(
    Object.entries(policy.schedules).flatMap(([name, schedule]) => {
      const clock = new ScheduleClock(name, schedule, policy.timeZone);
      return !clock.isOpen(context.now) && clock.nextBoundary(context.now) === Infinity ? [name] : [];
    }),
  );
  return placedRules(policy).flatMap(({ rule, path }) => {
    if (rule.when?.every((name) => over.has(name)) !== true) return [];
    const names = rule.when.map((name) => `\`${name}\``).join(' and ');
    return [
      findingAt(
        ...([subject, 'schedule-over', 'warning', [...path, 'when']] as const),
        `\`${rule.id}\` never holds again: ${names} ${rule.when.length === 1 ? 'has' : 'have'} no window to come`,
        'give the schedule new dates, or remove the rule',
        rule.id,
      ),
    ];
  });
};

/** Why nobody can be in an audience whoever the directory knows; null where somebody may be. */
export function whyEmpty(policy: Policy, name: string, groupExists?: (group: string) => boolean | null) {
  const audience = policy.audiences[name];
  if (audience === undefined) return null;
  const { groups, users, schools, networks, age } = audience;
  if (age?.from !== undefined && age.under !== undefined && age.from >= age.under && !age.unknown)
    return 'nobody is of such an age';
  if (isNamedByNetwork(policy, name) || users.length + schools.length + networks.length > 0) return null;
  if (groups.length === 0) return age === undefined ? 'it names nobody' : null;
  return groups.every((group) => groupExists?.(group) === false)
    ? 'the directory has none of its groups'
    : null;
}

const isNamedByNetwork = ({ networks }: Policy, name: string): boolean =>
  Object.values(networks).some((each) => each.audiences.includes(name) || each.unidentified === name);

export const emptyAudiences: Check = (subject) => {
  const { policy, context } = subject;
  const empty = new Map<string, string>();
  for (const name of Object.keys(policy.audiences)) {
    const why = whyEmpty(policy, name, context.groupExists);
    if (why !== null) empty.set(name, why);
  }
  const audiences = [...empty].map(([name, why]) =>
    findingAt(
      ...([subject, 'audience-empty', 'warning', ['audiences', name]] as const),
      `nobody can be in \`${name}\`: ${why}`,
      'name a group that the directory has, or remove the audience',
    ),
  );
  const rules = placedRules(policy).flatMap(({ rule, path }) => {
    if (!rule.for.every((name) => empty.has(name))) return [];
    return [
      findingAt(
        ...([subject, 'rule-for-nobody', 'warning', [...path, 'for']] as const),
        `\`${rule.id}\` is for nobody: ${rule.for.map((name) => `\`${name}\``).join(' and ')} ${rule.for.length === 1 ? 'is' : 'are'} empty`,
        'mend the audience, or remove the rule',
        rule.id,
      ),
    ];
  });
  return [...audiences, ...rules];
};

export const obligationsWithoutEffect: Check = (subject) => {
  const { policy, context } = subject;
  return Object.entries(policy.audiences).flatMap(([name, audience]) => {
    const why = whyWithoutEffect(audience, context.services);
    if (why === null) return [];
    return [
      findingAt(
        ...([subject, 'obligation-without-effect', 'warning', ['audiences', name, 'obligations']] as const),
        `the obligations of \`${name}\` change nothing: ${why}`,
        'say what is asked, or remove them',
      ),
    ];
  });
};

function whyWithoutEffect(
  { obligations }: Audience,
  services: Examined['context']['services'],
): string | null {
  if (obligations === undefined) return null;
  const { safeSearch, youtube, tenants } = obligations;
  const wanted = [
    ...(safeSearch ? ['safe-search'] : []),
    ...(youtube === 'open' ? [] : ['youtube']),
    ...(tenants.google.length > 0 ? ['google-accounts'] : []),
    ...(tenants.microsoft === undefined ? [] : ['microsoft-tenants']),
  ];
  if (wanted.length === 0) return 'everything in them is as without them';
  if (services === undefined) return null;
  const missing = wanted.filter((kind) => !services.some((service) => service.kind === kind));
  return missing.length === wanted.length
    ? `the table of services has no ${missing.map((kind) => `\`${kind}\``).join(' and no ')}`
    : null;
}

/** Categories and rules that no entry of any list can put a request into. */
export const emptyCategories: Check = (subject) => {
  const { policy, context } = subject;
  const { filled } = context;
  if (filled === undefined) return [];
  const inline = new Set(Object.values(policy.lists).map(({ category }) => category));
  const empty = new Set(
    Object.keys(policy.categories).filter((name) => !filled.has(name) && !inline.has(name)),
  );
  const categories = [...empty].map((name) =>
    findingAt(
      ...([subject, 'category-without-entry', 'hint', ['categories', name]] as const),
      `no list says anything of \`${name}\``,
      'add a list for it, or remove the category',
    ),
  );
  return [...categories, ...placedRules(policy).flatMap((placed) => withoutPlaces(subject, placed, empty))];
};

function withoutPlaces(
  subject: Examined,
  { rule, path }: PlacedRule,
  empty: ReadonlySet<string>,
): LintFinding[] {
  const { categories } = rule.match;
  const others = { ...rule.match, categories: [] };
  if (categories.length === 0 || !categories.every((name) => empty.has(name))) return [];
  if (namesPlaces({ ...rule, match: others })) return [];
  return [
    findingAt(
      ...([subject, 'rule-without-places', 'warning', [...path, 'match', 'categories']] as const),
      `\`${rule.id}\` matches nothing: no list says anything of ${categories.map((name) => `\`${name}\``).join(' or ')}`,
      'add a list for it, or remove the rule',
      rule.id,
    ),
  ];
}

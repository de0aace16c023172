/**
 * Rules that never decide because those before them always do. Of each rule every way to match (audience, place, schedule)
 * must be covered by a rule before it.
 */
import { parseHostPattern } from '../model/patterns.ts';
import type { Policy } from '../model/policy.ts';
import { Covering, isWithin } from './covers.ts';
import type { Way } from './covers.ts';
import { findingAt } from './finding.ts';
import type { Check, LintFinding, Examined } from './finding.ts';
import { opens, placedRules } from './rules.ts';
import type { PlacedRule } from './rules.ts';

interface Before {
  readonly placed: PlacedRule;
  readonly covering: Covering;
}

export const unreachable: Check = (subject) => {
  const before: Before[] = [];
  const findings: LintFinding[] = [];
  for (const placed of placedRules(subject.policy)) {
    const covering = new Covering(placed.rule);
    const by = coveredBy(covering, before);
    if (isExempt(subject.policy, covering)) findings.push(aboveEverything(subject, placed));
    else if (by !== null) findings.push(covered(subject, placed, by));
    // A rule that a rule before it covers says nothing of those after it that this one does not.
    else before.push({ placed, covering });
  }
  return [...findings, ...defaultUnreachable(subject, before)];
};

/** The rules that decide before it in every way in which it matches; null where one way is left. */
function coveredBy(covering: Covering, before: readonly Before[]): readonly PlacedRule[] | null {
  const found = new Set<PlacedRule>();
  for (const way of covering.ways()) {
    const by = before.find((each) => each.covering.covers(covering.rule, way));
    if (by === undefined) return null;
    found.add(by.placed);
  }
  return [...found];
}

/** What stands under `crisis` or `testing` is open before any rule is asked. */
function isExempt({ crisis, testing }: Policy, covering: Covering): boolean {
  const categories = [...crisis.categories, ...testing.categories];
  const hosts = [...crisis.hosts, ...testing.hosts].flatMap((text) => {
    const read = parseHostPattern(text);
    return read.ok ? [read.value] : [];
  });
  const isAbove = ({ place }: Way): boolean => {
    if (place?.kind === 'category') return categories.includes(place.text);
    return place?.kind === 'host' && hosts.some((host) => isWithin(place.pattern, host));
  };
  return [...covering.ways()].every(isAbove);
}

/** Of a category only the hosts stand above the rules, and not the addresses that a list names one by one. */
function aboveEverything(subject: Examined, { rule, path }: PlacedRule): LintFinding {
  return findingAt(
    subject,
    rule.match.categories.length === 0 ? 'unreachable-rule' : 'shadowed-rule',
    'warning',
    path,
    `\`${rule.id}\` is about hosts that stand under \`crisis\` or \`testing\`, which are open before any rule`,
    'remove the rule, or take the place out of there',
    rule.id,
  );
}

const names = (rules: readonly PlacedRule[]): string =>
  rules.map(({ rule, key }) => `\`${rule.id}\`${key === 'rules' ? '' : ` (${key})`}`).join(' and ');

function covered(subject: Examined, placed: PlacedRule, by: readonly PlacedRule[]): LintFinding {
  const { rule, path } = placed;
  const trial = by.some((each) => each.rule.observe) ? ' (a rule on trial counts as one that matches)' : '';
  const left = whatIsLeft(placed, by);
  if (left !== null)
    return findingAt(
      subject,
      'shadowed-rule',
      'warning',
      path,
      `${names(by)} before it decides nearly everything that \`${rule.id}\` is about${trial}: ${left} is left`,
      'put it before, or remove it',
      rule.id,
    );
  return findingAt(
    subject,
    'unreachable-rule',
    'warning',
    path,
    `\`${rule.id}\` is never asked: ${names(by)} before it always decides${trial}`,
    'put it before, make the other narrower, or remove it',
    rule.id,
  );
}

/** What a covered rule can still meet; null for nothing. */
function whatIsLeft({ rule, key }: PlacedRule, by: readonly PlacedRule[]): string | null {
  const closes = !opens(rule);
  if (by.some((each) => each.key === 'locked' && !opens(each.rule)) && (key !== 'locked' || !closes))
    return 'an adult for whom the floor is lifted';
  const alias = [...new Covering(rule).ways()].some(({ place }) => place !== null);
  if (closes && alias && by.some((each) => opens(each.rule)))
    return 'a site that DNS or a detour in its address gives such a name';
  return null;
}

/** A rule for everyone about everything, always: what follows is for show. */
function defaultUnreachable(subject: Examined, before: readonly Before[]): LintFinding[] {
  const way: Way = { audience: 'anyone', place: null, schedule: null };
  const whole = before.find(({ placed, covering }) => covering.covers(everything(placed), way));
  if (whole === undefined) return [];
  return [
    findingAt(
      subject,
      'unreachable-rule',
      'warning',
      ['default'],
      `the default is never asked: \`${whole.placed.rule.id}\` decides everything`,
      'say it by the default instead, and remove that rule',
    ),
  ];
}

/** The rule without what narrows it, so that only its audience, places and times are asked. */
function everything({ rule }: PlacedRule): PlacedRule['rule'] {
  const { expires: _expires, ...rest } = rule;
  return { ...rest, match: anything };
}

const anything: PlacedRule['rule']['match'] = {
  ...{ categories: [], hosts: [], urls: [], expressions: [], topLevel: [], search: [], files: [] },
  ...{ mediaTypes: [], methods: [], ports: [], schemes: [], userAgents: [], headers: [] },
};

/** What became of the rules: added, removed, moved, changed, each beside what it says. */
import { placedRules } from '../lint/rules.ts';
import type { RuleKey } from '../lint/rules.ts';
import type { Match, Policy, Rule } from '../model/policy.ts';
import { audiencesInWords, placesOf, ruleSentence, schedulesInWords } from '../sentences.ts';
import { also, code, codes, now, only } from './words.ts';
import type { Change } from './words.ts';

interface Standing {
  readonly rule: Rule;
  readonly key: RuleKey;
}

const tiers: Readonly<Record<RuleKey, string>> = {
  illegal: 'the rules under `illegal`',
  locked: 'the locked rules',
  rules: 'the ordered rules',
};

export function ruleChanges(a: Policy, b: Policy): Change[] {
  const [before, after] = [standings(a), standings(b)];
  const moved = movedRules(before, after);
  const changes: Change[] = [];
  for (const [id, { rule, key }] of after) {
    const old = before.get(id);
    if (old === undefined) {
      const text = `New rule ${code(id)} among ${tiers[key]}${neighbour(after, id, key)}: ${ruleSentence(b, rule)}`;
      changes.push({ section: 'rule', kind: 'added', id, text });
      continue;
    }
    if (old.key !== key || moved.has(id)) {
      const from = old.key === key ? '' : ` (it was among ${tiers[old.key]})`;
      const text = `Rule ${code(id)} moved: it is among ${tiers[key]} now${neighbour(after, id, key)}${from}.`;
      changes.push({ section: 'rule', kind: 'moved', id, text });
    }
    const notes = ruleNotes(a, old.rule, b, rule);
    if (notes.length > 0) {
      const says = ruleSentence(b, rule);
      const saying = ruleSentence(a, old.rule) === says ? '' : ` It says now: ${says}`;
      const text = `Rule ${code(id)} (${rule.title}) is ${notes.join('; ')}.${saying}`;
      changes.push({ section: 'rule', kind: 'changed', id, text });
    }
  }
  for (const [id, { rule }] of before)
    if (!after.has(id)) {
      const text = `Rule ${code(id)} is gone. It said: ${ruleSentence(a, rule)}`;
      changes.push({ section: 'rule', kind: 'removed', id, text });
    }
  return changes;
}

const standings = (policy: Policy): Map<string, Standing> =>
  new Map(placedRules(policy).map(({ rule, key }) => [rule.id, { rule, key }]));

/** `, after `x``; the first has none before it. */
function neighbour(all: ReadonlyMap<string, Standing>, id: string, key: RuleKey): string {
  const ids = [...all].flatMap(([each, standing]) => (standing.key === key ? [each] : []));
  const before = ids[ids.indexOf(id) - 1];
  if (before !== undefined) return `, after ${code(before)}`;
  return ids.length > 1 ? ', before all others' : '';
}

/** The fewest rules that must have been moved: all but a longest row of those that kept their order. */
function movedRules(
  before: ReadonlyMap<string, Standing>,
  after: ReadonlyMap<string, Standing>,
): Set<string> {
  const old = [...before.keys()];
  const common = [...after.keys()].filter((id) => before.has(id));
  const positions = common.map((id) => old.indexOf(id));
  const kept = new Set(longestRising(positions).map((i) => common[i]));
  return new Set(common.filter((id) => !kept.has(id)));
}

/** Indexes of a longest rising row (patience sorting). */
function longestRising(values: readonly number[]): number[] {
  const ends: number[] = [];
  const previous: number[] = [];
  for (const [i, value] of values.entries()) {
    let [low, high] = [0, ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((values[ends[middle] ?? 0] ?? 0) < value) low = middle + 1;
      else high = middle;
    }
    previous[i] = low === 0 ? -1 : (ends[low - 1] ?? -1);
    ends[low] = i;
  }
  const row: number[] = [];
  for (let i = ends.at(-1) ?? -1; i >= 0; i = previous[i] ?? -1) row.unshift(i);
  return row;
}

const actions: Readonly<Record<Rule['action'], string>> = {
  allow: 'one that opens',
  'allow-without-inspection': 'one that opens and lets no filter look inside',
  monitor: 'one that opens and is recorded',
  block: 'one that closes',
  warn: 'one that gives a notice',
};

function ruleNotes(a: Policy, before: Rule, b: Policy, after: Rule): string[] {
  const audiences = (names: readonly string[]) =>
    audiencesInWords({ audiences: { ...a.audiences, ...b.audiences } }, names);
  const schedules = (names: readonly string[]) =>
    schedulesInWords({ schedules: { ...a.schedules, ...b.schedules } }, names);
  return [
    ...(before.action === after.action
      ? []
      : [`now ${actions[after.action]}, and no longer ${actions[before.action]}`]),
    ...also(before.for, after.for, 'for', audiences),
    ...placeNotes({ ...a, categories: { ...a.categories, ...b.categories } }, before, after),
    ...only(before.when ?? [], after.when ?? [], 'during', schedules),
    ...narrowNotes(before.match, after.match),
    ...restNotes(before, after),
  ];
}

const placeKeys = ['categories', 'hosts', 'urls', 'expressions', 'topLevel'] as const;
const specials = ['bareAddress', 'uncategorised', 'mixedScript'] as const;

function placeNotes(named: Policy, before: Rule, after: Rule): string[] {
  const [gone, come] = [beyond(before, after), beyond(after, before)];
  const words = (rule: Rule) => placesOf(named, rule);
  const isEverything = (rule: Rule) => isEmpty(rule.match);
  if (isEverything(before) && !isEverything(after))
    return [`now only about ${words(after)}, and no longer about any site`];
  if (!isEverything(before) && isEverything(after))
    return [`now about any site, and no longer only about ${words(before)}`];
  return [
    ...(isEverything(come) ? [] : [`now also about ${words(come)}`]),
    ...(isEverything(gone) ? [] : [`no longer about ${words(gone)}`]),
  ];
}

const isEmpty = (match: Match): boolean =>
  placeKeys.every((key) => match[key].length === 0) && specials.every((key) => match[key] !== true);

/** The rule with only those places that the other has not. */
function beyond(rule: Rule, other: Rule): Rule {
  const match: Match = { ...rule.match };
  for (const key of placeKeys)
    match[key] = rule.match[key].filter((each) => !other.match[key].includes(each));
  for (const key of specials) if (other.match[key] === true) delete match[key];
  return { ...rule, match };
}

const narrowing = {
  methods: 'by',
  ports: 'on port',
  schemes: 'over',
  search: 'in a search for',
  files: 'as a file',
  mediaTypes: 'when the answer is',
  userAgents: 'from a program like',
  headers: 'with the field',
} as const;

function narrowNotes(before: Match, after: Match): string[] {
  const words = (values: readonly (string | number)[]) => codes(values.map(String));
  const lists = (Object.keys(narrowing) as (keyof typeof narrowing)[]).flatMap((key) => {
    const [old, next]: [readonly (string | number)[], readonly (string | number)[]] = [
      before[key],
      after[key],
    ];
    return only(old, next, narrowing[key], words);
  });
  return [
    ...lists,
    ...now('changed: what is sent along', before.upload, after.upload),
    ...now('changed: what the browser says it asks for', before.fetch, after.fetch),
  ];
}

function restNotes(before: Rule, after: Rule): string[] {
  const was = (rule: Rule) =>
    rule.clause === undefined ? `no clause (${rule.noClause ?? ''})` : `clause ${code(rule.clause)}`;
  const flag = (key: 'quiet' | 'observe', on: string, off: string) =>
    before[key] === after[key] ? [] : [after[key] ? on : off];
  return [
    ...(was(before) === was(after) ? [] : [`now standing on ${was(after)}, and no longer on ${was(before)}`]),
    ...flag('quiet', 'now without a page', 'now with a page'),
    ...flag('observe', 'now on trial: it stops nothing', 'no longer on trial: it counts'),
    ...(before.log === after.log
      ? []
      : [
          after.log === undefined
            ? 'now recorded as usual'
            : after.log
              ? 'now recorded'
              : 'no longer recorded',
        ]),
    ...(before.expires === after.expires
      ? []
      : [
          after.expires === undefined
            ? `now without an end (it was ${before.expires ?? ''})`
            : `now in force until ${after.expires}`,
        ]),
    ...now('changed: how long one may go on, in milliseconds,', before.continue, after.continue),
    ...reworded(before, after),
  ];
}

const texts = {
  title: 'title',
  publicTitle: 'title on pages',
  publicRule: 'name on pages',
  publicClause: 'clause on pages',
  reason: 'reason',
} as const;

function reworded(before: Rule, after: Rule): string[] {
  return (Object.keys(texts) as (keyof typeof texts)[]).flatMap((key) =>
    now(`reworded: its ${texts[key]}`, before[key], after[key]),
  );
}

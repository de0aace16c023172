/** What a rule does, in one plain sentence: for whoever reads the policy beside the AUP. */
import type { Fallback, Match, Policy, Rule } from './model/policy.ts';
import { formatSize } from './model/size.ts';
import { usualContinue } from './model/policy.ts';
import { textIn } from './model/text.ts';
import type { LocalizedText } from './model/text.ts';

const languages = ['en'];
const titleOf = (title: LocalizedText): string => textIn(title, languages);

/** `a`, `a and b`, `a, b and c`. */
export function listed(items: readonly string[], last: 'and' | 'or'): string {
  const head = items.slice(0, -1).join(', ');
  return head === '' ? (items[0] ?? '') : `${head} ${last} ${items.at(-1) ?? ''}`;
}

export function ruleSentence(policy: Policy, rule: Rule): string {
  const where = `${placesOf(policy, rule)}${waysOf(rule)}${timesOf(policy, rule)}`;
  return [doing(policy, rule, where), ...notes(rule)].join(' ');
}

/** What is to be said of a rule besides what it does. */
function notes({ log, action, quiet, observe, expires }: Rule): string[] {
  const recorded = log ?? (action === 'monitor' ? true : undefined);
  return [
    ...(recorded === undefined ? [] : [recorded ? 'It is recorded.' : 'It is not recorded.']),
    ...(quiet ? ['No page is shown.'] : []),
    ...(observe ? ['On trial: it is counted and stops nothing.'] : []),
    ...(expires === undefined ? [] : [`Until ${expires.slice(0, 16).replace('T', ' ')}.`]),
  ];
}

/** What happens where no rule says anything. */
export function defaultSentence({ default: { uncategorised, ...fallback } }: Policy): string {
  const rest = fallbackSentence('Everything else', fallback);
  return uncategorised === undefined ? rest : `${uncategorisedSentence(uncategorised)} ${rest}`;
}

/** What happens with a site that no list knows. */
export const uncategorisedSentence = (fallback: Fallback): string =>
  fallbackSentence('A site that no list knows', fallback);

function fallbackSentence(what: string, { action, continue: lasts }: Fallback): string {
  switch (action) {
    case 'allow':
      return `${what} is open.`;
    case 'block':
      return `${what} is closed.`;
    case 'warn':
      return `${what} is shown after a notice, and one may go on for ${minutes(lasts ?? usualContinue)}.`;
  }
}

export function exemptSentence(policy: Policy, tier: 'crisis' | 'testing'): string {
  const places = listed(namesOf(policy, policy[tier]), 'and');
  const what = places === '' ? 'Nothing is named here' : `Everyone may open ${places}, always`;
  return tier === 'crisis'
    ? `${what}; no visit is recorded, and nobody is asked to sign in.`
    : `${what}, and nobody is asked to sign in.`;
}

function doing(policy: Policy, rule: Rule, where: string): string {
  const everyone = rule.for.includes('anyone');
  const who = everyone ? '' : audiencesInWords(policy, rule.for);
  switch (rule.action) {
    case 'allow':
    case 'monitor':
      return `${everyone ? 'Everyone' : who} may open ${where}.`;
    case 'allow-without-inspection':
      return `${everyone ? 'Everyone' : who} may open ${where}, and no filter looks inside.`;
    case 'block':
      return everyone ? `Nobody may open ${where}.` : `${who} may not open ${where}.`;
    case 'warn': {
      const lasts = minutes(rule.continue ?? usualContinue);
      return `${everyone ? 'Everyone' : who}: a notice before ${where}; one may go on for ${lasts}.`;
    }
  }
}

export function placesOf(policy: Pick<Policy, 'categories'>, { match }: Pick<Rule, 'match'>): string {
  const { urls, expressions, topLevel } = match;
  const names = [
    ...namesOf(policy, match),
    ...urls.map((url) => `\`${url}\``),
    ...expressions.map((source) => `addresses like \`${source}\``),
    ...topLevel.map((label) => `any name that ends in .${label}`),
    ...(match.bareAddress ? ['an address without a name'] : []),
    ...(match.uncategorised ? ['a site that no list knows'] : []),
    ...(match.mixedScript ? ['a name that mixes scripts'] : []),
  ];
  return names.length === 0 ? 'any site' : listed(names, 'or');
}

export function namesOf(
  policy: Pick<Policy, 'categories'>,
  { categories, hosts }: { readonly categories: readonly string[]; readonly hosts: readonly string[] },
): string[] {
  const named = categories.map((name) => `“${titleOf(policy.categories[name]?.title ?? name)}”`);
  return [...named, ...hosts.map(hostInWords)];
}

function hostInWords(pattern: string): string {
  if (pattern.startsWith('=')) return `${pattern.slice(1)} itself`;
  return pattern.startsWith('*.') ? `the sites directly below ${pattern.slice(2)}` : pattern;
}

function waysOf({ match }: Rule): string {
  const by = match.methods.length === 0 ? '' : ` by ${listed(match.methods, 'or')}`;
  const on = match.ports.length === 0 ? '' : ` on port ${listed(match.ports.map(String), 'or')}`;
  return `${by}${on}${narrowed(match)}`;
}

function narrowed({ search, files, mediaTypes, upload, schemes, userAgents, headers, fetch }: Match): string {
  const words = (name: string, all: readonly string[]) =>
    all.length === 0 ? '' : ` ${name} ${listed(all, 'or')}`;
  const { dest, mode, site } = fetch ?? { dest: [], mode: [], site: [] };
  return [
    words(
      'in a search for',
      search.map((each) => `“${each}”`),
    ),
    words(
      'as a file',
      files.map((each) => `.${each}`),
    ),
    words('when the answer is', mediaTypes),
    upload === undefined
      ? ''
      : upload.over === 0
        ? ' with anything sent along'
        : ` with more than ${formatSize(upload.over)} sent along`,
    words('over', schemes),
    words(
      'from a program like',
      userAgents.map((each) => `\`${each}\``),
    ),
    words('with the field', headers),
    words('as', [...dest, ...mode, ...site]),
  ].join('');
}

const timesOf = (policy: Policy, { when }: Rule): string =>
  when === undefined ? '' : ` during ${schedulesInWords(policy, when)}`;

export function audiencesInWords({ audiences }: Pick<Policy, 'audiences'>, names: readonly string[]): string {
  const titles = names.map((name) =>
    name === 'anyone' ? 'everyone' : titleOf(audiences[name]?.title ?? name),
  );
  return listed(titles, 'and');
}

export function schedulesInWords({ schedules }: Pick<Policy, 'schedules'>, names: readonly string[]): string {
  const titles = names.map((name) => {
    const title = schedules[name]?.title;
    return title === undefined ? `\`${name}\`` : `“${titleOf(title)}”`;
  });
  return listed(titles, 'or');
}

function minutes(milliseconds: number): string {
  const whole = Math.round(milliseconds / 60_000);
  if (whole % 60 !== 0 || whole === 0) return `${String(whole)} minutes`;
  return whole === 60 ? 'an hour' : `${String(whole / 60)} hours`;
}

/** What a rule does, in one plain sentence: for whoever reads the policy beside the AUP. */
import type { Policy, Rule } from './model/policy.ts';
import { usualContinue } from './model/policy.ts';
import { textIn } from './model/text.ts';
import type { LocalizedText } from './model/text.ts';

const languages = ['en'];
const titleOf = (title: LocalizedText): string => textIn(title, languages);

/** `a`, `a and b`, `a, b and c`. */
function listed(items: readonly string[], last: 'and' | 'or'): string {
  const head = items.slice(0, -1).join(', ');
  return head === '' ? (items[0] ?? '') : `${head} ${last} ${items.at(-1) ?? ''}`;
}

export function ruleSentence(policy: Policy, rule: Rule): string {
  const where = `${placesOf(policy, rule)}${waysOf(rule)}${timesOf(policy, rule)}`;
  const noted = rule.log === undefined ? '' : rule.log ? ' It is recorded.' : ' It is not recorded.';
  return `${doing(policy, rule, where)}${noted}`;
}

/** What happens where no rule says anything. */
export function defaultSentence({ default: { action, continue: lasts } }: Policy): string {
  switch (action) {
    case 'allow':
      return 'Everything else is open.';
    case 'block':
      return 'Everything else is closed.';
    case 'warn':
      return `Everything else is shown after a notice, and one may go on for ${minutes(lasts ?? usualContinue)}.`;
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
  const who = everyone
    ? ''
    : listed(
        rule.for.map((name) => titleOf(policy.audiences[name]?.title ?? name)),
        'and',
      );
  switch (rule.action) {
    case 'allow':
      return everyone ? `Everyone may open ${where}.` : `${who} may open ${where}.`;
    case 'block':
      return everyone ? `Nobody may open ${where}.` : `${who} may not open ${where}.`;
    case 'warn': {
      const lasts = minutes(rule.continue ?? usualContinue);
      return `${everyone ? 'Everyone' : who}: a notice before ${where}; one may go on for ${lasts}.`;
    }
  }
}

function placesOf(policy: Policy, { match }: Rule): string {
  const names = [...namesOf(policy, match), ...match.urls.map((url) => `\`${url}\``)];
  return names.length === 0 ? 'any site' : listed(names, 'or');
}

function namesOf(
  policy: Policy,
  { categories, hosts }: { readonly categories: readonly string[]; readonly hosts: readonly string[] },
): string[] {
  const named = categories.map((name) => `“${titleOf(policy.categories[name]?.title ?? name)}”`);
  return [...named, ...hosts.map(hostInWords)];
}

function hostInWords(pattern: string): string {
  if (pattern.startsWith('=')) return `${pattern.slice(1)} itself`;
  return pattern.startsWith('*.') ? `the sites directly below ${pattern.slice(2)}` : pattern;
}

function waysOf({ match: { methods, ports } }: Rule): string {
  const by = methods.length === 0 ? '' : ` by ${listed(methods, 'or')}`;
  const on = ports.length === 0 ? '' : ` on port ${listed(ports.map(String), 'or')}`;
  return `${by}${on}`;
}

function timesOf(policy: Policy, { when }: Rule): string {
  if (when === undefined) return '';
  const names = when.map((name) => {
    const title = policy.schedules[name]?.title;
    return title === undefined ? `\`${name}\`` : `“${titleOf(title)}”`;
  });
  return ` during ${listed(names, 'or')}`;
}

function minutes(milliseconds: number): string {
  const whole = Math.round(milliseconds / 60_000);
  if (whole % 60 !== 0 || whole === 0) return `${String(whole)} minutes`;
  return whole === 60 ? 'an hour' : `${String(whole / 60)} hours`;
}

/** Patterns that reach more than anybody means: everything, whole countries, or whatever holds two letters. */
import { RegExpParser } from '@eslint-community/regexpp';
import type { AST } from '@eslint-community/regexpp';
import { parseHostPattern, parseTopLevel, parseUrlPattern } from '../model/patterns.ts';
import { wordsOf } from '../words.ts';
import { findingAt } from './finding.ts';
import type { Check, LintFinding, Path, Severity, Examined } from './finding.ts';
import { placedRules } from './rules.ts';

/** Fewer letters or digits than this in a row are in every other address. */
const fewest = 3;

/** What is too broad about a pattern, and how sure that it is a mistake; null where nothing is. */
type Fault = { readonly why: string; readonly severity: Severity } | null;

export const broadPatterns: Check = (subject) => {
  const { policy } = subject;
  const hosts = (texts: readonly string[], path: Path, rule?: string) =>
    each(subject, texts, path, hostFault, rule);
  return [
    ...Object.entries(policy.lists).flatMap(([name, list]) => hosts(list.hosts, ['lists', name, 'hosts'])),
    ...(['crisis', 'testing'] as const).flatMap((tier) => hosts(policy[tier].hosts, [tier, 'hosts'])),
    ...placedRules(policy).flatMap(({ rule, path }) => {
      const { match, id } = rule;
      const at = (key: string): Path => [...path, 'match', key];
      return [
        ...hosts(match.hosts, at('hosts'), id),
        ...each(subject, match.topLevel, at('topLevel'), topLevelFault, id),
        ...each(subject, match.urls, at('urls'), urlFault, id),
        ...each(subject, match.expressions, at('expressions'), expressionFault, id),
        ...each(subject, match.search, at('search'), searchFault, id),
        ...each(subject, match.userAgents, at('userAgents'), agentFault, id),
      ];
    }),
  ];
};

function each(
  subject: Examined,
  texts: readonly string[],
  path: Path,
  faultOf: (text: string) => Fault,
  rule?: string,
): LintFinding[] {
  return texts.flatMap((text, i) => {
    const fault = faultOf(text);
    if (fault === null) return [];
    return [
      findingAt(
        ...([subject, 'broad-pattern', fault.severity, [...path, i]] as const),
        `\`${text}\` ${fault.why}`,
        'write what is meant more closely',
        rule,
      ),
    ];
  });
}

const warning = (why: string): Fault => ({ why, severity: 'warning' });

/** Names below which anybody registers: `co.uk`, `k12.ca.us`. The last label alone is refused where a policy is read. */
const suffix = /^(?:(?:ac|co|com|edu|gob|gov|mil|ne|net|or|org|sch)\.[a-z]{2}|k12\.[a-z]{2}\.us)$/;

function hostFault(text: string): Fault {
  const read = parseHostPattern(text);
  return read.ok && read.value.reach !== 'exact' && suffix.test(read.value.host)
    ? warning(`reaches every site under \`${read.value.host}\``)
    : null;
}

/** Where half of what schools need is. */
const common = ['com', 'edu', 'gov', 'net', 'org', 'us'];

function topLevelFault(text: string): Fault {
  const read = parseTopLevel(text);
  return read.ok && common.includes(read.value)
    ? warning('is the end of half the names that there are')
    : null;
}

function urlFault(text: string): Fault {
  const read = parseUrlPattern(text);
  if (!read.ok) return null;
  const { host, path } = read.value;
  const anyHost = /^[*.]+$/.test(host);
  if (anyHost && /^[*/]*$/.test(path)) return { why: 'matches every address', severity: 'error' };
  const labels = host.includes('*') ? host.split('.').slice(0, -1) : host.split('.');
  const inHost = longestRun(labels.join('.'));
  const inPath = longestRun(path);
  if (host.includes('*') && inHost < fewest && inPath < fewest)
    return warning(`says no ${String(fewest)} letters in a row, and is in addresses of every kind`);
  return null;
}

/** Letters and digits in a row, at most. */
const longestRun = (text: string): number =>
  Math.max(0, ...[...text.matchAll(/[\p{L}\p{N}]+/gu)].map(([run]) => run.length));

/** Addresses that have nothing in common but the slash. */
const addresses = ['a.b/', 'www.school.example/x/y?z=1', '192.0.2.7/', 'qvjk.test/w', 'xn--4gbrim.m/%F0#'];

function expressionFault(source: string): Fault {
  let expression: RegExp;
  let pattern: AST.Pattern;
  try {
    expression = new RegExp(source, 'u');
    pattern = new RegExpParser().parsePattern(source, undefined, undefined, { unicode: true });
  } catch {
    return null;
  }
  if (addresses.every((address) => expression.test(address)))
    return { why: 'matches every address', severity: 'error' };
  return runOf(pattern.alternatives) < fewest
    ? warning(`asks for no ${String(fewest)} letters in a row, and is in addresses of every kind`)
    : null;
}

/** The longest row of letters that whatever matches must hold: that of the alternative which asks for least. */
function runOf(alternatives: readonly AST.Alternative[]): number {
  return Math.min(...alternatives.map(runOfAlternative));
}

function runOfAlternative({ elements }: AST.Alternative): number {
  let [longest, run] = [0, 0];
  for (const element of elements) {
    if (element.type === 'Character' && /[\p{L}\p{N}]/u.test(String.fromCodePoint(element.value))) run += 1;
    else {
      run = 0;
      longest = Math.max(longest, runOfElement(element));
    }
    longest = Math.max(longest, run);
  }
  return longest;
}

function runOfElement(element: AST.Element): number {
  switch (element.type) {
    case 'Group':
    case 'CapturingGroup':
      return runOf(element.alternatives);
    case 'Quantifier': {
      if (element.min === 0) return 0;
      const { element: repeated } = element;
      // `w{3}` is three letters.
      return repeated.type === 'Character' ? element.min : runOfElement(repeated);
    }
    default:
      return 0;
  }
}

function searchFault(text: string): Fault {
  const words = wordsOf(text);
  return words.every((word) => [...word].length < fewest && /^[a-z0-9]+$/.test(word))
    ? warning('is in searches of every kind')
    : null;
}

function agentFault(text: string): Fault {
  if (/^\*+$/.test(text)) return { why: 'is every program', severity: 'error' };
  return longestRun(text) < fewest ? warning('is in the names of programs of every kind') : null;
}

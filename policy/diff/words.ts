/** How a change is said. Every sentence is about one thing, and says what it is now before what it was. */
import { listed } from '../sentences.ts';

export type Kind = 'added' | 'removed' | 'moved' | 'changed';
export type Section =
  | 'rule'
  | 'default'
  | 'audience'
  | 'network'
  | 'schedule'
  | 'category'
  | 'list'
  | 'exempt'
  | 'document'
  | 'clause'
  | 'aup';

export interface Change {
  readonly section: Section;
  readonly kind: Kind;
  /** Of the rule, audience, clause …; empty where there is only one. */
  readonly id: string;
  /** One or several plain sentences. */
  readonly text: string;
}

export const quoted = (text: string): string => `“${text}”`;
export const code = (text: string): string => `\`${text}\``;
export const codes = (texts: readonly string[]): string => listed(texts.map(code), 'and');

export const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

export interface Turned<T> {
  readonly added: readonly T[];
  readonly removed: readonly T[];
}

export function turned<T>(before: readonly T[], after: readonly T[]): Turned<T> {
  const has = (all: readonly T[], one: T) => all.some((each) => isSame(each, one));
  return {
    added: after.filter((each) => !has(before, each)),
    removed: before.filter((each) => !has(after, each)),
  };
}

/** `now also for a; no longer for b`. @param label the words between */
export function also<T>(
  before: readonly T[],
  after: readonly T[],
  label: string,
  inWords: (texts: readonly T[]) => string,
): string[] {
  const { added, removed } = turned(before, after);
  return [
    ...(added.length === 0 ? [] : [`now also ${label} ${inWords(added)}`]),
    ...(removed.length === 0 ? [] : [`no longer ${label} ${inWords(removed)}`]),
  ];
}

/** Of a condition that is left away where it is empty. */
export function only<T>(
  before: readonly T[],
  after: readonly T[],
  label: string,
  inWords: (texts: readonly T[]) => string,
): string[] {
  if (before.length === 0 && after.length > 0) return [`now only ${label} ${inWords(after)}`];
  if (before.length > 0 && after.length === 0) return [`no longer only ${label} ${inWords(before)}`];
  return also(before, after, label, inWords);
}

/** `its title is now “b” (it was “a”)`. */
export function now(name: string, before: unknown, after: unknown): string[] {
  if (isSame(before, after)) return [];
  if (after === undefined) return [`${name} is gone (it was ${valued(before)})`];
  return [`${name} is now ${valued(after)}${before === undefined ? '' : ` (it was ${valued(before)})`}`];
}

function valued(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const parts = Object.entries(value).filter(([, part]) => part !== undefined);
    return parts.map(([key, part]) => `${key}: ${valued(part)}`).join(', ') || 'empty';
  }
  return Array.isArray(value) ? value.map(valued).join(', ') || 'empty' : String(value);
}

/** What is only in one of the two, and what is in both, in the order of `b` and then of `a`. */
export function paired<T>(a: Readonly<Record<string, T>>, b: Readonly<Record<string, T>>) {
  return {
    added: Object.entries(b).filter(([name]) => !Object.hasOwn(a, name)),
    removed: Object.entries(a).filter(([name]) => !Object.hasOwn(b, name)),
    both: Object.entries(b).flatMap(([name, after]) => {
      const before = a[name];
      return before === undefined ? [] : [{ name, before, after }];
    }),
  };
}

/** Notes about one thing, as one sentence; null where there is none. */
export const sentence = (subject: string, notes: readonly string[]): string | null =>
  notes.length === 0 ? null : `${subject}: ${notes.join('; ')}.`;

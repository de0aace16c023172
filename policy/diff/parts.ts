/** What became of the rest of the document: whom and when it means, what it knows, and what it does by default. */
import type { Audience, Network, Policy, Schedule } from '../model/policy.ts';
import { defaultSentence, exemptSentence, namesOf } from '../sentences.ts';
import { textIn } from '../model/text.ts';
import { also, code, codes, isSame, now, only, paired, quoted, sentence } from './words.ts';
import type { Change, Section } from './words.ts';

export function documentChanges(a: Policy, b: Policy): Change[] {
  const notes: readonly (readonly [string, string[]])[] = [
    ['The title', now('it', a.title, b.title)],
    ['The time zone', now('it', a.timeZone, b.timeZone)],
    ['The mode', a.mode === b.mode ? [] : [modes[b.mode]]],
    ['A notice in a tunnel', a.tunnelWarn === b.tunnelWarn ? [] : [tunnels[b.tunnelWarn]]],
    ['Freezes', also(a.freeze, b.freeze, 'during', codes)],
  ];
  return notes.flatMap(([subject, said]) => changed('document', '', sentence(subject, said)));
}

const modes = {
  enforce: 'the policy is enforced now, and no longer only observed',
  observe: 'the policy only observes now: what it closes is recorded and stays open, but for the floor',
} as const;
const tunnels = {
  block: 'it closes the tunnel now, and one goes on at the portal',
  allow: 'it lets the tunnel go on now, and is recorded',
} as const;

export function defaultChanges(a: Policy, b: Policy): Change[] {
  if (isSame(a.default, b.default)) return [];
  const [before, after] = [defaultSentence(a), defaultSentence(b)];
  const { uncategorised: _a, ...old } = a.default;
  const { uncategorised: _b, ...next } = b.default;
  const notes = [
    ...now('its clause', old.clause, next.clause),
    ...now('why it has no clause', old.noClause, next.noClause),
    ...now('its title on pages', old.publicTitle, next.publicTitle),
    ...(old.log === next.log ? [] : [next.log === true ? 'it is recorded now' : 'it is no longer recorded']),
  ];
  const said = before === after ? [] : [`it says now: ${after} It said: ${before}`];
  const all = [...notes, ...said];
  return changed(
    'default',
    '',
    `The default changed${all.length === 0 ? '' : `: ${all.join('; ')}`}${said.length > 0 ? '' : '.'}`,
  );
}

export function exemptChanges(a: Policy, b: Policy): Change[] {
  const named = { categories: { ...a.categories, ...b.categories } };
  return (['crisis', 'testing'] as const).flatMap((tier) => {
    const list = (policy: Policy) => namesOf(named, policy[tier]);
    const notes = also(list(a), list(b), 'open', (names) => names.join(', '));
    if (notes.length === 0) return [];
    return changed(
      'exempt',
      tier,
      `What is under ${code(tier)}: ${notes.join('; ')}. ${exemptSentence(b, tier)}`,
    );
  });
}

export function audienceChanges(a: Policy, b: Policy): Change[] {
  return named('audience', 'Audience', a.audiences, b.audiences, audienceNotes, ({ title }) =>
    quoted(textIn(title, ['en'])),
  );
}

function audienceNotes(before: Audience, after: Audience): string[] {
  const lists = (['groups', 'users', 'schools', 'networks'] as const).flatMap((key) =>
    also(before[key], after[key], members[key], codes),
  );
  const excepted = (['groups', 'users', 'schools'] as const).flatMap((key) =>
    also(before.except[key], after.except[key], `without ${members[key]}`, codes),
  );
  return [
    ...lists,
    ...excepted,
    ...now('its age', before.age, after.age),
    ...now('what is asked of services', before.obligations, after.obligations),
    ...now('the voice of its pages', before.voice, after.voice),
    ...now('its title', before.title, after.title),
  ];
}

const members = {
  groups: 'the group',
  users: 'the person',
  schools: 'the school',
  networks: 'the network',
} as const;

export function networkChanges(a: Policy, b: Policy): Change[] {
  return named('network', 'Network', a.networks, b.networks, networkNotes, ({ cidrs }) => cidrs.join(', '));
}

function networkNotes(before: Network, after: Network): string[] {
  return [
    ...also(before.cidrs, after.cidrs, 'the addresses', codes),
    ...also(before.audiences, after.audiences, 'in the audience', codes),
    ...also(before.schools, after.schools, 'at the school', codes),
    ...(before.signIn === after.signIn
      ? []
      : [
          after.signIn === 'never'
            ? 'nobody there is asked to sign in now'
            : 'people there are asked to sign in now',
        ]),
    ...now('the audience of who is not identified', before.unidentified, after.unidentified),
    ...now('its title', before.title, after.title),
  ];
}

export function scheduleChanges(a: Policy, b: Policy): Change[] {
  return named('schedule', 'Schedule', a.schedules, b.schedules, scheduleNotes, ({ windows }) =>
    windows.map(windowInWords).join(', '),
  );
}

type Window = Schedule['windows'][number];
type Range = Schedule['except'][number];

const rangeInWords = ({ from, to }: Range): string => (from === to ? from : `${from} to ${to}`);
const ranges = (all: readonly Range[]): string => all.map(rangeInWords).join(', ');

function windowInWords({ days, from, to, dates }: Window): string {
  const within = dates === undefined ? '' : ` on ${ranges(dates)}`;
  const whole = from === '00:00' && to === '00:00';
  return `${days.join(' ')}${whole ? ' all day' : ` ${from} to ${to}`}${within}`;
}

function scheduleNotes(before: Schedule, after: Schedule): string[] {
  return [
    ...also(before.windows, after.windows, 'open', (windows) => windows.map(windowInWords).join(', ')),
    ...also(before.except, after.except, 'closed on', ranges),
    ...now('its time zone', before.timeZone, after.timeZone),
    ...now('its title', before.title, after.title),
  ];
}

export function categoryChanges(a: Policy, b: Policy): Change[] {
  return named(
    ...(['category', 'Category', a.categories, b.categories] as const),
    (before, after) => [
      ...(before.sensitive === after.sensitive
        ? []
        : [after.sensitive ? 'sensitive now' : 'no longer sensitive']),
      ...now('its title', before.title, after.title),
    ],
    ({ title }) => quoted(textIn(title, ['en'])),
  );
}

export function listChanges(a: Policy, b: Policy): Change[] {
  return named(
    ...(['list', 'List', a.lists, b.lists] as const),
    (before, after) => [
      ...also(before.hosts, after.hosts, 'naming', codes),
      ...now('its category', before.category, after.category),
      ...only(
        before.source === undefined ? [] : [before.source],
        after.source === undefined ? [] : [after.source],
        'from',
        codes,
      ),
    ],
    ({ category, hosts }) => `${codes(hosts)} in ${code(category)}`,
  );
}

function named<T>(
  section: Section,
  word: string,
  a: Readonly<Record<string, T>>,
  b: Readonly<Record<string, T>>,
  notes: (before: T, after: T) => string[],
  inWords: (value: T) => string,
): Change[] {
  const { added, removed, both } = paired(a, b);
  return [
    ...added.map(([id, value]): Change => ({
      section,
      kind: 'added',
      id,
      text: `New ${section} ${code(id)}: ${inWords(value)}.`,
    })),
    ...removed.map(([id, value]): Change => ({
      section,
      kind: 'removed',
      id,
      text: `${word} ${code(id)} is gone: ${inWords(value)}.`,
    })),
    ...both.flatMap(({ name, before, after }) =>
      changed(section, name, sentence(`${word} ${code(name)}`, notes(before, after))),
    ),
  ];
}

const changed = (section: Section, id: string, text: string | null): Change[] =>
  text === null ? [] : [{ section, kind: 'changed', id, text }];

/** What a policy takes for granted of the directory. */
import { findingAt } from './finding.ts';
import type { Check } from './finding.ts';

/** A group that is not there is nearly always a name that was mistyped, or renamed in the directory. */
export const groups: Check = (subject) => {
  const { policy, context } = subject;
  const { groupExists } = context;
  if (groupExists === undefined) return [];
  return Object.entries(policy.audiences).flatMap(([name, audience]) =>
    [
      ...audience.groups.map((group, i) => ({ group, path: ['audiences', name, 'groups', i] })),
      ...audience.except.groups.map((group, i) => ({
        group,
        path: ['audiences', name, 'except', 'groups', i],
      })),
    ].flatMap(({ group, path }) =>
      groupExists(group) === false
        ? [
            findingAt(
              ...([subject, 'group-not-found', 'warning', path] as const),
              `the directory has no group \`${group}\``,
              'look at its name in the directory; its key or DN may stand here too',
            ),
          ]
        : [],
    ),
  );
};

/** Without a date of birth an age condition meets nobody, or everybody of whom nothing is known. */
export const ages: Check = (subject) => {
  const { policy, context } = subject;
  if (context.knowsBirthDates !== false) return [];
  return Object.entries(policy.audiences).flatMap(([name, { age }]) => {
    if (age === undefined) return [];
    const meets = age.unknown ? 'everybody counts as of unknown age' : 'nobody is in it by age';
    return [
      findingAt(
        ...([subject, 'age-not-known', 'warning', ['audiences', name, 'age']] as const),
        `\`${name}\` asks for an age, and the directory tells no date of birth: ${meets}`,
        'set `directory.attributes.birthDate`, or name groups or schools instead',
      ),
    ];
  });
};

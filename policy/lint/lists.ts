/** Lists that nobody has looked at for long: the sites that they name move on. */
import { findingAt } from './finding.ts';
import type { Check } from './finding.ts';

const day = 86_400_000;
const [old, veryOld] = [90 * day, 365 * day];

export const staleLists: Check = (subject) => {
  const { now, lists = [] } = subject.context;
  return lists.flatMap(({ name, changed }) => {
    if (changed === null || now - changed < old) return [];
    const days = Math.floor((now - changed) / day);
    return [
      findingAt(
        ...([subject, 'stale-list', now - changed < veryOld ? 'hint' : 'warning', ['categories']] as const),
        `the list \`${name}\` has not changed for ${String(days)} days`,
        'look for a newer one at its source',
      ),
    ];
  });
};

/** The program of an edition under an emergency: fewer rules, or one more in front of all. */
import type { Emergency } from '../emergency.ts';
import { closedNow } from '../emergency.ts';
import { MAX_TARGETS } from './host-table.ts';
import type { Program, ProgramRule } from './program.ts';

/** Stands for the hosts that are closed now; beyond every target of a host table. */
export const closedTarget = MAX_TARGETS;

const everywhere = { audiences: null, urls: [], methods: null, ports: null, when: null } as const;
const unnamed = {
  clause: null,
  publicRule: null,
  publicClause: null,
  sensitive: false,
  continue: null,
} as const;

const closing: ProgramRule = {
  ...{ id: closedNow, tier: 'locked', action: 'block', log: true, logGranted: false },
  ...{ title: 'Closed now', publicTitle: { en: 'Closed for now', es: 'Cerrado por ahora' } },
  noClause: 'Somebody in charge has closed this site for now',
  ...{ ...everywhere, ...unnamed, places: [closedTarget] },
};

const floor: ProgramRule = {
  ...{ id: 'default', tier: 'default', action: 'allow', log: false, logGranted: false },
  ...{ title: 'Only the locked rules hold', publicTitle: { en: 'Open for now', es: 'Abierto por ahora' } },
  noClause: 'Somebody in charge has set the other rules aside for now',
  ...{ ...everywhere, ...unnamed, places: null },
};

export function underEmergency(program: Program, { floorOnly, closed }: Emergency): Program {
  const kept =
    floorOnly === null
      ? { rules: program.rules, default: program.default }
      : { rules: program.rules.filter(({ tier }) => tier === 'locked'), default: floor };
  return { ...program, ...kept, rules: closed.length === 0 ? kept.rules : [closing, ...kept.rules] };
}

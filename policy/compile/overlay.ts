/** The program of an edition under an emergency: fewer rules, or one more in front of all. */
import type { Emergency } from '../emergency.ts';
import { closedNow } from '../emergency.ts';
import { MAX_TARGETS } from './items.ts';
import type { Program, ProgramRule } from './program.ts';

/** Stands for the hosts that are closed now; beyond every target of a host table. */
export const closedTarget = MAX_TARGETS;

const plain = {
  ...{ clause: null, publicRule: null, publicClause: null, sensitive: false, continue: null, expires: null },
  ...{ audiences: null, methods: null, ports: null, narrowing: null, when: null },
  ...{ inspect: true, quiet: false, observe: false },
  ...{ bareAddress: false, uncategorised: false, mixedScript: false },
} as const;

export const closing: ProgramRule = {
  ...{ id: closedNow, tier: 'locked', action: 'block', log: true, logGranted: false },
  ...{ title: 'Closed now', publicTitle: { en: 'Closed for now', es: 'Cerrado por ahora' } },
  noClause: 'Somebody in charge has closed this site for now',
  ...plain,
  places: [{ target: closedTarget, except: null }],
};

const floor: ProgramRule = {
  ...{ id: 'default', tier: 'default', action: 'allow', log: false, logGranted: false },
  ...{ title: 'Only the locked rules hold', publicTitle: { en: 'Open for now', es: 'Abierto por ahora' } },
  noClause: 'Somebody in charge has set the other rules aside for now',
  ...plain,
  places: null,
};

export function underEmergency(program: Program, { floorOnly, closed }: Emergency): Program {
  const kept =
    floorOnly === null
      ? program
      : { ...program, default: floor, uncategorised: null, rules: floorOf(program) };
  if (closed.length === 0) return kept;
  const illegal = kept.rules.filter(({ tier }) => tier === 'illegal');
  return { ...kept, rules: [...illegal, closing, ...kept.rules.slice(illegal.length)] };
}

const floorOf = ({ rules }: Program) => rules.filter(({ tier }) => tier === 'illegal' || tier === 'locked');

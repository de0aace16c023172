/**
 * What a request that opens must be given on its way: the strictest of what the audiences ask that its person is in. It
 * depends on the person and on the services that the host belongs to, of which there are few combinations, so each is
 * worked out once.
 */
import type { Obligation } from '../decision.ts';
import type { Obligations } from '../model/policy.ts';
import type { Service } from '../services.ts';
import type { Program } from './program.ts';

/** As in audiences.ts, which imports this file. */
const [YES, UNKNOWN] = [1, 2];

const none: readonly Obligation[] = Object.freeze([]);

export interface Due {
  /** One frozen array per combination. */
  readonly obligations: readonly Obligation[];
  /** Whether knowing who it is could ask for something else. */
  readonly uncertain: boolean;
}

const nothing: Due = { obligations: none, uncertain: false };

export class Obliged {
  readonly #certain: readonly Obligations[];
  readonly #possible: readonly Obligations[];
  readonly #known = new Map<readonly Service[], Due>();
  readonly #interned: Map<string, readonly Obligation[]>;

  /** @param interned one array for each combination, of all people: decisions are kept by it */
  constructor(
    { audiences }: Pick<Program, 'audiences'>,
    states: Uint8Array,
    interned: Map<string, readonly Obligation[]>,
  ) {
    this.#interned = interned;
    const of = (wanted: readonly number[]) =>
      audiences.flatMap(({ obligations }, i) =>
        obligations !== undefined && wanted.includes(states[i] ?? 0) ? [obligations] : [],
      );
    this.#certain = of([YES]);
    this.#possible = of([YES, UNKNOWN]);
  }

  /** @param services one array per combination of services that hosts belong to; null where there is none */
  due(services: readonly Service[] | null): Due {
    if (services === null || this.#possible.length === 0) return nothing;
    let known = this.#known.get(services);
    if (known === undefined) this.#known.set(services, (known = this.#workOut(services)));
    return known;
  }

  #workOut(services: readonly Service[]): Due {
    const obligations = strictest(services, this.#certain);
    const uncertain = JSON.stringify(obligations) !== JSON.stringify(strictest(services, this.#possible));
    if (obligations.length === 0) return { obligations: none, uncertain };
    const key = JSON.stringify(obligations);
    let known = this.#interned.get(key);
    if (known === undefined) this.#interned.set(key, (known = Object.freeze(obligations)));
    return { obligations: known, uncertain };
  }
}

function strictest(services: readonly Service[], asked: readonly Obligations[]): Obligation[] {
  return services.flatMap((service): Obligation[] => {
    switch (service.kind) {
      case 'safe-search':
        return asked.some(({ safeSearch }) => safeSearch)
          ? [{ kind: 'safe-search', engine: service.id }]
          : [];
      case 'youtube': {
        const levels = asked.map(({ youtube }) => youtube);
        if (levels.includes('strict')) return [{ kind: 'youtube', level: 'strict' }];
        return levels.includes('moderate') ? [{ kind: 'youtube', level: 'moderate' }] : [];
      }
      case 'google-accounts': {
        const named = asked.map(({ tenants }) => tenants.google).filter(({ length }) => length > 0);
        const domains = named[0]?.filter((domain) => named.every((all) => all.includes(domain)));
        return domains === undefined ? [] : [{ kind: 'google-accounts', domains }];
      }
      case 'microsoft-tenants': {
        const named = asked.flatMap(({ tenants }) => tenants.microsoft ?? []);
        const [first] = named;
        if (first === undefined) return [];
        const tenants = first.tenants.filter((name) => named.every((all) => all.tenants.includes(name)));
        return [{ kind: 'microsoft-tenants', tenants, context: first.context }];
      }
    }
  });
}

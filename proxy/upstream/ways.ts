/** Which way leads to an origin: straight there, or through the parent proxy where there is one. */
import { isIP } from 'node:net';
import type { AddressRules } from './address-rules.ts';
import type { DialOptions } from './dial.ts';
import { Direct } from './direct.ts';
import type { Names } from './names.ts';
import { Parent } from './parent.ts';
import type { ParentSettings } from './parent.ts';
import type { Origin, Route } from './route.ts';

export interface WaysParts {
  readonly names: Names;
  readonly rules: AddressRules;
  readonly dial: DialOptions;
  /** Null: every origin is reached directly. */
  readonly parent: ParentSettings | null;
  /** Told of a defect of ours that ended a connection. */
  readonly defect: (error: unknown) => void;
}

export class Ways {
  readonly #names: Names;
  readonly #rules: AddressRules;
  readonly #direct: Direct;
  readonly #parent: Parent | null;

  constructor({ names, rules, dial, parent, defect }: WaysParts) {
    this.#names = names;
    this.#rules = rules;
    this.#direct = new Direct({ names, rules, dial, defect });
    this.#parent =
      parent === null ? null : new Parent(parent, new Direct({ names, rules: anywhere, dial, defect }));
  }

  /** What is near is reached directly also where there is a parent; so is what is refused, which it need not hear of. */
  routeTo({ host, port }: Origin): Route {
    if (this.#parent === null || this.#parent.excepts(host) || this.#names.isFixed(host)) return this.#direct;
    return isIP(host) === 0 || this.#rules.isPublic(host, port) ? this.#parent : this.#direct;
  }
}

/** Where the parent is, is the operator's to say. */
const anywhere = { check: () => 'allowed' as const };

/**
 * Whole decisions over the world of benchmarks/policy-world.ts: its lists compiled as a district's are, and asked by people
 * of its audiences. No verdict is remembered: what an image remembers is which rules can be about a host.
 */
import { compileEdition } from '../policy/compile/edition.ts';
import { openImage } from '../policy/compile/image.ts';
import type { Image } from '../policy/compile/image.ts';
import { decide } from '../policy/decide.ts';
import type { ListPieces } from '../policy/edition.ts';
import type { Subject } from '../policy/subject.ts';
import { factsOf } from './policy-indexes.ts';
import { time } from './policy-timing.ts';
import type { Timing } from './policy-timing.ts';
import { CATEGORIES, Chance, listText, policyText } from './policy-world.ts';
import type { World } from './policy-world.ts';

const aup = '---\ntitle: Invented\nadopted: 2026-08-01\nlanguage: en\n---\n### 1 One {#one}\n\nText.\n';
const PEOPLE = 2_000;

export interface Compiled {
  readonly image: SharedArrayBuffer;
  readonly entries: number;
  /** Seconds. */
  readonly took: number;
}

/** Every category is a list of its own, read in pieces. */
export function compile(world: World): Compiled {
  const lists = Array.from({ length: CATEGORIES }, (_, category): ListPieces => {
    // Made beforehand: to invent a list is not to read it.
    const made = Array.from(listText(world, category), (text) => Buffer.from(text));
    return { name: `c${category}`, digest: `c${category}`, chunks: () => made };
  });
  const begin = performance.now();
  const compiled = compileEdition({ policy: policyText(world), aup: [aup] }, lists);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems.slice(0, 3)));
  const { image, report } = compiled;
  return { image, entries: report.entries, took: (performance.now() - begin) / 1_000 };
}

/** Each in one to four groups, so in as many audiences. */
function people({ size: { audiences } }: World): Subject[] {
  return Array.from({ length: PEOPLE }, (_, i): Subject => {
    const chance = new Chance(i + 17);
    const groups = Array.from({ length: 1 + chance.below(4) }, () => `g${chance.below(audiences)}`);
    const identity = {
      ...{ key: `k${i}`, login: `l${i}`, name: `n${i}`, schools: [] },
      groups: groups.map((name) => ({ key: name, name, dn: `cn=${name}` })),
    };
    return { ip: '10.1.2.3', identity };
  });
}

export interface Asking {
  /** One more round of so many requests, other ones each time. */
  round(number: number): Timing;
  readonly counts: { allow: number; block: number; warn: number; needs: number };
  readonly image: Image;
  /** Seconds: checked and opened. */
  readonly opened: number;
}

/** A Tuesday at ten. */
const at = Date.parse('2026-10-13T10:00:00-05:00');

export function asking(world: World, { image: bytes }: Compiled, requests: number): Asking {
  const begin = performance.now();
  const image = openImage(bytes);
  const opened = (performance.now() - begin) / 1_000;
  const all = people(world);
  for (const subject of all) image.membershipOf(subject, at);
  const counts = { allow: 0, block: 0, warn: 0, needs: 0 };
  const round = (number: number): Timing =>
    time(
      requests,
      (i) => {
        const n = number * requests + i;
        return { facts: factsOf(world.request(n)), who: all[n % PEOPLE] as Subject };
      },
      ({ facts, who }) => {
        const { action, needs } = decide(image, facts, who, [], at);
        counts[action]++;
        if (needs.length > 0) counts.needs++;
      },
    );
  return { round, counts, image, opened };
}

/** Policies that stand in a case file: what decides nothing (titles, clauses, the head) may be left away there. */
import { z } from 'zod';

export const caseAup = `---
title: An acceptable use policy for trying things out
adopted: 2026-01-15
language: en
---

### 1 Closed {#closed}

Some places are closed.

### 2 Open {#open}

What is not named is open.
`;

const named = z.record(z.string(), z.looseObject({}).nullable()).default({});
const rules = z.array(z.looseObject({ id: z.string() })).default([]);

const shape = z.looseObject({
  audiences: named,
  networks: named,
  categories: named,
  illegal: rules,
  locked: rules,
  rules,
  default: z.looseObject({ uncategorised: z.looseObject({}).optional() }).prefault({}),
});

type Loose = Readonly<Record<string, unknown>>;

/** Text of the whole policy. */
export function casePolicy(given: Loose): string {
  const value = shape.parse(given);
  const { uncategorised, ...fallback } = value.default;
  const titled = (items: z.output<typeof named>) =>
    Object.fromEntries(Object.entries(items).map(([name, item]) => [name, { title: name, ...item }]));
  const whole = (items: z.output<typeof rules>) => items.map((rule) => decides(rule, rule.id));
  return JSON.stringify({
    ...{ hallpass: 1, title: 'A case', timeZone: 'America/New_York' },
    ...value,
    audiences: titled(value.audiences),
    networks: titled(value.networks),
    categories: titled(value.categories),
    illegal: whole(value.illegal),
    locked: whole(value.locked),
    rules: whole(value.rules),
    default: {
      ...decides({ action: 'allow', ...fallback }),
      ...(uncategorised === undefined ? {} : { uncategorised: decides(uncategorised) }),
    },
  });
}

const decides = (rule: Loose, title?: string) => ({
  ...(title === undefined ? {} : { title }),
  publicTitle: title ?? 'Otherwise',
  ...('clause' in rule ? {} : { noClause: 'It is a case' }),
  ...rule,
});

/** One policy with what another one adds: maps by key, rules before those that are there, anything else in its place. */
export function mergedPolicy(base: Loose, more: Loose): Loose {
  const merged = Object.entries(more).map(([key, value]) => [key, mergedValue(base[key], value)]);
  return { ...base, ...(Object.fromEntries(merged) as Loose) };
}

function mergedValue(base: unknown, more: unknown): unknown {
  if (Array.isArray(base) && Array.isArray(more)) return [...(more as unknown[]), ...(base as unknown[])];
  const isMap = (value: unknown): value is Loose =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  return isMap(base) && isMap(more) ? { ...base, ...more } : more;
}

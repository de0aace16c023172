import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { policy } from '../../policy/model/policy.ts';
import { textOf, yamlOf } from './read.ts';

const starter = policy.parse(yamlOf('starter', 'policy.yaml'));
const rules = [...starter.locked, ...starter.rules];
const languages = ['en', 'es'];

interface Clause {
  readonly number: string;
  readonly id: string;
  readonly child: boolean;
}

/** `12.3 Title {#id}` headings in order, and whether a child's words stand below each. */
function clausesOf(text: string): Clause[] {
  return text.split(/^(?=#+ .*\{#)/m).flatMap((part) => {
    const [, number, id] = /^#+ (\d+(?:\.\d+)?) .+ \{#([a-z0-9-]+)\}$/m.exec(part) ?? [];
    return number === undefined || id === undefined
      ? []
      : [{ number, id, child: /^> For younger students: \S/m.test(part) }];
  });
}

const english = textOf('starter', 'aup.md');
const spanish = textOf('starter', 'aup.es.md');
const clauses = clausesOf(english);
const cited = rules.flatMap((rule) => [rule.clause, rule.publicClause]).filter((id) => id !== undefined);

describe('the AUP template', () => {
  it('has between 20 and 30 clauses, each with a number and an id of its own', () => {
    expect(clauses.length).toBeGreaterThanOrEqual(20);
    expect(clauses.length).toBeLessThanOrEqual(30);
    expect(new Set(clauses.map((clause) => clause.id)).size).toBe(clauses.length);
    expect(new Set(clauses.map((clause) => clause.number)).size).toBe(clauses.length);
    expect(english.match(/\{#/g)?.length).toBe(clauses.length);
  });

  it('has the same clauses in Spanish, with a child’s words for the same ones', () => {
    expect(clausesOf(spanish)).toEqual(clauses);
  });

  it.each([
    [english, 'en'],
    [spanish, 'es'],
  ])('says its title, date of adoption and language (%#)', (text, language) => {
    const [, front] = /^---\n([\s\S]*?)\n---\n/.exec(text) ?? [];
    const found = z
      .strictObject({ title: z.string().min(1), adopted: z.iso.date(), language: z.literal(language) })
      .safeParse(parse(front ?? ''));
    expect(found.error?.issues ?? []).toEqual([]);
  });

  it.each([
    ...['inappropriate', 'messages', 'security', 'personal-information', 'harmful'],
    ...['monitoring', 'teaching', 'research'],
  ])('covers what CIPA asks of an Internet safety policy: %s', (id) => {
    expect(clauses.map((clause) => clause.id)).toContain(id);
  });

  it('has a child’s words for every clause that a child can meet', () => {
    const meets = rules.filter(
      (rule) => rule.action !== 'allow' && ['k-5', 'anyone'].some((a) => rule.for.includes(a)),
    );
    const ids = meets.map((rule) => rule.publicClause ?? rule.clause);
    expect(ids.filter((id) => !clauses.some((clause) => clause.id === id && clause.child))).toEqual([]);
  });
});

describe('the starter policy', () => {
  it('cites only clauses that exist', () => {
    const ids = new Set(clauses.map((clause) => clause.id));
    expect([...cited, starter.default.clause].filter((id) => id !== undefined && !ids.has(id))).toEqual([]);
  });

  it('refers only to audiences, schedules and categories that it has', () => {
    const audiences = new Set(['anyone', ...Object.keys(starter.audiences)]);
    expect(rules.flatMap((rule) => rule.for).filter((name) => !audiences.has(name))).toEqual([]);
    expect(rules.flatMap((rule) => rule.when ?? []).filter((name) => !(name in starter.schedules))).toEqual(
      [],
    );
    expect(
      rules.flatMap((rule) => rule.match.categories).filter((name) => !(name in starter.categories)),
    ).toEqual([]);
  });

  it('gives every rule an id of its own', () => {
    expect(new Set(rules.map((rule) => rule.id)).size).toBe(rules.length);
  });

  it('names a neutral rule and clause wherever a category is sensitive', () => {
    const sensitive = rules.filter((rule) =>
      rule.match.categories.some((name) => starter.categories[name]?.sensitive),
    );
    expect(sensitive.map((rule) => rule.id)).toEqual(['adult']);
    for (const rule of sensitive) {
      expect(rule.publicRule).not.toBe(rule.id);
      expect(rule.publicClause).not.toBe(rule.clause);
      expect(JSON.stringify([rule.publicTitle, rule.publicRule, rule.publicClause])).not.toMatch(
        /adult|harmful|sex/i,
      );
    }
  });

  it('speaks English and Spanish wherever it speaks to people', () => {
    const titles = [...rules.map((rule) => rule.publicTitle), starter.default.publicTitle].concat(
      [...Object.values(starter.audiences), ...Object.values(starter.categories)].map(({ title }) => title),
    );
    expect(
      titles.filter((title) => languages.some((tag) => typeof title === 'string' || !title[tag])),
    ).toEqual([]);
  });

  it('asks first whether a computer is asking for itself', () => {
    expect(starter.rules[0]).toMatchObject({
      for: ['anyone'],
      match: { categories: ['no-sign-in'] },
      action: 'allow',
    });
  });

  it('opens by default', () => {
    expect(starter.default.action).toBe('allow');
  });
});

describe('words', () => {
  it.each([
    ['starter/policy.yaml', textOf('starter', 'policy.yaml')],
    ['starter/aup.md', english],
    ['starter/aup.es.md', spanish],
    ...['library', 'games', 'hotline'].map((name) => [
      `demo/site/${name}.html`,
      textOf('demo', 'site', `${name}.html`),
    ]),
  ])('of %s accuse nobody', (_name, text) => {
    expect(text).not.toMatch(
      /violat|denied|\bdeny|forbid|attempt|violaci|violar|deneg|prohib|\bintent[oóa]/i,
    );
  });
});

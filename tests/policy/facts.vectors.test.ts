/** Every row of rules/vectors, against the tables that are shipped. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { searchWordsOf } from '../../policy/extract/search.ts';
import { canonicalHost, canonicalPath, originOf, requestFacts, tunnelFacts } from '../../policy/facts.ts';
import { formatProblem, readYaml } from '../../policy/model/yaml-document.ts';
import type { RequestFacts, UrlFacts } from '../../policy/request.ts';
import { extensionOf } from '../../policy/url-facts.ts';
import { Fields } from '../../proxy/wire/fields.ts';
import { extractors } from './extract/fixture.ts';

const pair = z.tuple([z.string(), z.string()]);
const refused = z.tuple([z.string(), z.strictObject({ refused: z.string() })]);
const fields = z.record(z.string(), z.string());

function vectors<S extends z.ZodType>(name: string, schema: S): z.output<S> {
  const text = readFileSync(new URL(`../../rules/vectors/${name}`, import.meta.url), 'utf8');
  const read = readYaml(text, name, schema);
  if (!read.ok) throw new Error(read.problems.map(formatProblem).join('\n'));
  return read.value;
}

const headOf = (values: Record<string, string>) => {
  const head = new Fields();
  for (const [name, value] of Object.entries(values)) head.add(name, value);
  return head;
};

/** The address is split here and not by `URL`, which would mend what the rows mean to try. */
function factsOf(address: string, head: Record<string, string> = {}, body?: number | null): RequestFacts {
  const [, tunnel, port] = /^CONNECT (.*):(\d+)$/.exec(address) ?? [];
  const [, scheme = '', authority = '', path = '', query = ''] =
    /^(https?):\/\/([^/?]*)([^?]*)(?:\?(.*))?$/s.exec(address) ?? [];
  const [, rawHost = '', number] = /^(\[.*\]|[^:]*)(?::(\d+))?$/.exec(authority) ?? [];
  const secure = scheme === 'https';
  const made =
    tunnel === undefined
      ? requestFacts(
          {
            scheme: secure ? 'https' : 'http',
            rawHost,
            port: Number(number ?? (secure ? 443 : 80)),
            method: 'GET',
            rawPath: path === '' ? '/' : path,
            rawQuery: query,
          },
          body === undefined ? { fields: headOf(head) } : { fields: headOf(head), body },
          extractors,
        )
      : tunnelFacts(tunnel, Number(port), 'unobtainable', extractors);
  if (!made.ok) throw new Error(`${address}: ${made.code}`);
  return made.facts;
}

const urlOf = (facts: RequestFacts): UrlFacts => {
  if (typeof facts.url === 'string') throw new Error(facts.url);
  return facts.url;
};

/** As the rows write it. */
function written(facts: RequestFacts): string {
  if (typeof facts.url === 'string') return `CONNECT ${facts.host}:${facts.port}`;
  const { path, query } = facts.url;
  return `${originOf(facts)}${path}${query === '' ? '' : `?${query}`}`;
}

const hosts = vectors('hosts.yaml', z.strictObject({ hosts: z.array(z.union([pair, refused])) })).hosts;
const paths = vectors('paths.yaml', z.strictObject({ paths: z.array(pair), extensions: z.array(pair) }));
const scripts = vectors(
  'scripts.yaml',
  z.strictObject({ mixed: z.array(z.string()), plain: z.array(z.string()) }),
);
const inner = vectors(
  'inner.yaml',
  z.strictObject({
    inner: z.array(z.tuple([z.string()], z.string())),
    fields: z.array(z.tuple([z.string(), fields], z.string())),
  }),
);
const search = vectors(
  'search.yaml',
  z.strictObject({
    searches: z.array(z.union([z.tuple([z.string(), z.string(), z.string()]), z.tuple([z.string()])])),
    forms: z.array(z.tuple([z.string(), z.string(), z.string()])),
  }),
);
const uploads = vectors(
  'uploads.yaml',
  z.strictObject({
    uploads: z.array(
      z.strictObject({
        fields,
        body: z.union([z.number(), z.literal('unknown')]).optional(),
        size: z.union([z.number(), z.literal('unknown'), z.literal('none')]),
      }),
    ),
    initiators: z.array(z.tuple([fields, z.string()])),
  }),
);

it('there are at least 400 rows, and none stands twice', () => {
  const lists: readonly (readonly unknown[])[] = [
    hosts,
    paths.paths,
    paths.extensions,
    scripts.mixed,
    scripts.plain,
    inner.inner,
    inner.fields,
    search.searches,
    search.forms,
    uploads.uploads,
    uploads.initiators,
  ];
  expect(lists.reduce((sum, list) => sum + list.length, 0)).toBeGreaterThanOrEqual(400);
  for (const list of lists) {
    const rows = list.map((row) => JSON.stringify(row));
    expect(rows.filter((row, i) => rows.indexOf(row) < i)).toEqual([]);
  }
});

describe('a host', () => {
  it.each(hosts)('%j → %j', (raw, expected) => {
    const found = canonicalHost(raw);
    expect(found.ok ? found.host : { refused: found.code }).toEqual(expected);
  });

  it.each(scripts.mixed)('%s mixes scripts', (host) => {
    expect(factsOf(`http://${host}/`).mixedScript).toBe(true);
    expect(factsOf(`CONNECT ${host}:443`).mixedScript).toBe(true);
  });

  it.each(scripts.plain)('%s does not', (host) => {
    expect(factsOf(`http://${host}/`).mixedScript).toBe(false);
  });
});

describe('a path', () => {
  it.each(paths.paths)('%j → %j', (raw, expected) => {
    expect(canonicalPath(raw)).toBe(expected);
    expect(canonicalPath(expected)).toBe(expected);
  });

  it.each(paths.extensions)('%j ends in %j', (raw, expected) => {
    expect(extensionOf(canonicalPath(raw))).toBe(expected);
  });
});

describe('the addresses inside', () => {
  it.each(inner.inner)('%s', (address, ...expected) => {
    const facts = factsOf(address);
    expect(facts.inner.map(written)).toEqual(expected);
    for (const each of facts.inner) expect(each.inner).toEqual([]);
  });

  it.each(inner.fields)('%s with %j', (address, head, ...expected) => {
    expect(factsOf(address, head).inner.map(written)).toEqual(expected);
  });
});

describe('a search', () => {
  it.each(search.searches.map(([address, ...made]) => [address, made] as const))(
    '%s: %j',
    (address, made) => {
      const found = urlOf(factsOf(address)).search;
      expect(found === null ? [] : [found.engine, found.words.join(' ')]).toEqual(made);
    },
  );

  it.each(search.forms)('by a form of %s: %s', (engine, form, words) => {
    expect(searchWordsOf(extractors, engine, form).join(' ')).toBe(words);
  });
});

describe('what a head announces', () => {
  it.each(uploads.uploads)('%j', ({ fields: head, body, size }) => {
    const facts = factsOf('http://a.test/', head, body === 'unknown' ? null : body);
    const { upload } = urlOf(facts);
    expect(upload === null ? 'none' : (upload.size ?? 'unknown')).toBe(size);
  });

  it.each(uploads.initiators)('%j: begun by %j', (head, expected) => {
    const facts = factsOf('http://ok.test/x', head);
    expect(urlOf(facts).headers.initiator).toBe(expected);
    expect(facts.host).toBe('ok.test');
  });
});

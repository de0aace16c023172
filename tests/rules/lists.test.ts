import { describe, expect, it } from 'vitest';
import { canonicalHost } from '../../policy/facts.ts';
import { policy } from '../../policy/model/policy.ts';
import { everyEntry, yamlOf } from './read.ts';
import type { Entry } from './read.ts';

const entries = everyEntry();
const starter = policy.parse(yamlOf('starter', 'policy.yaml'));
const byCategory = Map.groupBy(entries, (entry) => entry.category);
const where = ({ file, line, host }: Entry) => `${file}:${line} ${host}`;

/** The names that are above a host, nearest first. */
function* above(host: string): Generator<string> {
  for (let dot = host.indexOf('.'); dot !== -1; dot = host.indexOf('.', dot + 1)) yield host.slice(dot + 1);
}

/** What of `others` holds `entry`, its own line aside. */
function holders(entry: Entry, others: readonly Entry[]): Entry[] {
  const names = new Set(above(entry.host));
  return others.filter(
    (other) => other !== entry && (other.host === entry.host || (!other.alone && names.has(other.host))),
  );
}

const blocking = new Set(
  [...starter.locked, ...starter.rules]
    .filter((rule) => rule.action !== 'allow')
    .flatMap((rule) => rule.match.categories),
);
const blocked = entries.filter((entry) => blocking.has(entry.category));

describe('category lists', () => {
  it('exist for every category of the starter policy, and for no other', () => {
    expect([...byCategory.keys()].sort()).toEqual(Object.keys(starter.categories).sort());
  });

  it('have a title and a source for every entry', () => {
    expect(entries.filter((entry) => entry.title === '' || entry.source === '').map(where)).toEqual([]);
  });

  it('write every host in its canonical form', () => {
    const odd = entries.filter(({ host }) => {
      const found = canonicalHost(host);
      return !found.ok || found.host !== host || (found.kind === 'name' && !host.includes('.'));
    });
    expect(odd.map(where)).toEqual([]);
  });

  it('name nothing twice, and nothing below what they name already', () => {
    const twice = [...byCategory.values()].flatMap((list) =>
      list.filter((entry) => holders(entry, list).length > 0),
    );
    expect(twice.map(where)).toEqual([]);
  });

  it.each([
    ['games', 150],
    ['social', 150],
    ['adult', 150],
    ['proxies', 150],
    ['testing', 150],
    ['education', 150],
    ['crisis', 60],
    ...['video', 'gambling', 'doh', 'file-sharing', 'ai-chat', 'shopping', 'assistive', 'no-sign-in'].map(
      (category): [string, number] => [category, 30],
    ),
  ])('are worth beginning with: %s', (category, least) => {
    expect(byCategory.get(category)?.length).toBeGreaterThanOrEqual(least);
  });
});

describe('help in a crisis', () => {
  const crisis = byCategory.get('crisis') ?? [];

  it('is on no other list, neither a host nor anything below one', () => {
    const others = entries.filter((entry) => entry.category !== 'crisis');
    expect(crisis.filter((entry) => holders(entry, others).length > 0).map(where)).toEqual([]);
    expect(others.filter((entry) => holders(entry, crisis).length > 0).map(where)).toEqual([]);
  });

  it.each(['988lifeline.org', 'crisistextline.org', 'thetrevorproject.org', 'rainn.org', 'childhelp.org'])(
    'has %s',
    (host) => {
      expect(crisis.some((entry) => entry.host === host && !entry.alone)).toBe(true);
    },
  );
});

describe('lists that close', () => {
  it('share no host with those that open', () => {
    const open = entries.filter((entry) => !blocking.has(entry.category));
    expect(blocked.filter((entry) => holders(entry, open).length > 0).map(where)).toEqual([]);
    const same = new Set(blocked.map((entry) => entry.host));
    expect(open.filter((entry) => same.has(entry.host)).map(where)).toEqual([]);
  });

  it.each([
    ...[
      'google.com',
      'googleapis.com',
      'gstatic.com',
      'microsoft.com',
      'apple.com',
      'icloud.com',
      'amazon.com',
    ],
    ...['amazonaws.com', 'cloudfront.net', 'cloudflare.com', 'akamaihd.net', 'fastly.net', 'azureedge.net'],
    ...[
      'github.com',
      'github.io',
      'gitlab.com',
      'netlify.app',
      'vercel.app',
      'herokuapp.com',
      'wordpress.com',
    ],
    ...[
      'blogspot.com',
      'wixsite.com',
      'weebly.com',
      'dropbox.com',
      'box.com',
      'sharepoint.com',
      'office.com',
    ],
    ...[
      'jsdelivr.net',
      'unpkg.com',
      'bootstrapcdn.com',
      'gravatar.com',
      'yahoo.com',
      'bing.com',
      'duckduckgo.com',
    ],
  ])('do not take the shared host %s', (host) => {
    expect(blocked.filter((entry) => entry.host === host && !entry.alone).map(where)).toEqual([]);
  });
});

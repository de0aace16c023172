/** The table of services that comes with the product is right, and says what is wrong with another. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatProblem } from '../../policy/errors.ts';
import { readServices } from '../../policy/services.ts';

const table = readFileSync(join(import.meta.dirname, '../../rules/services.yaml'), 'utf8');

describe('rules/services.yaml', () => {
  const read = readServices(table, 'services.yaml');
  const services = read.ok ? read.services : [];

  it('has no problem', () => expect(read.ok ? [] : read.problems.map(formatProblem)).toEqual([]));

  it('names each host and each id once', () => {
    const searched = services.filter(({ kind }) => kind === 'safe-search');
    const hosts = searched.flatMap((service) => service.hosts);
    expect(hosts.filter((host, i) => hosts.indexOf(host) < i)).toEqual([]);
    const ids = services.map(({ id }) => id);
    expect(ids.filter((id, i) => ids.indexOf(id) < i)).toEqual([]);
  });

  it('knows Google in every country that it has, and never what others serve from its names', () => {
    const google = services.find(({ id }) => id === 'google')?.hosts ?? [];
    expect(google).toContain('=www.google.co.uk');
    expect(google.length).toBeGreaterThan(300);
    expect(google.filter((host) => !host.startsWith('='))).toEqual([]);
  });
});

it('a mistake is named with its place', () => {
  const read = readServices('services:\n  - { kind: youtub, id: x, hosts: [a.test] }\n', 'services.yaml');
  expect(read.ok ? [] : read.problems.map(formatProblem)[0]).toMatch(/^services\.yaml:2:\d+: /);
});

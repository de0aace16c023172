/** A small district: what tests of the image need, and nothing else. */
import { compileEdition } from '../../../policy/compile/edition.ts';
import { openImage } from '../../../policy/compile/image.ts';
import type { Image } from '../../../policy/compile/image.ts';
import { formatProblem } from '../../../policy/errors.ts';
import { noFacts, noNames } from '../../../policy/request.ts';
import type { RequestFacts } from '../../../policy/request.ts';
import { RequestUrl } from '../../../policy/url-facts.ts';
import type { Identity, Person, Subject } from '../../../policy/subject.ts';

export const aup = `---
title: Acceptable use
adopted: 2026-08-03
language: en
---
### 1 Safety {#safety}

Be safe.

### 4.2 Games {#games}

Games are for after school.

> For younger students: Play after school.
`;

export const aupEs = aup
  .replace('language: en', 'language: es')
  .replace('Be safe.', 'Cuídate.')
  .replace('Games are for after school.', 'Los juegos son para después de clase.');

export const policyText = `hallpass: 1
title: Small district
timeZone: America/Chicago
audiences:
  staff: { title: { en: Staff, es: Personal }, groups: [staff], voice: staff }
  young: { title: Youngest, schools: [elementary], networks: [lab], voice: young }
networks:
  lab: { title: Lab, cidrs: [10.1.0.0/16], signIn: never, audiences: [young], schools: [elementary] }
  office: { title: Office, cidrs: [10.1.2.0/24], unidentified: refuse }
schedules:
  class: { windows: [{ days: [mon, tue, wed, thu, fri], from: '08:00', to: '15:00' }] }
categories:
  games: { title: Games }
  adult: { title: Adult, sensitive: true }
  help: { title: Help }
crisis: { categories: [help] }
testing: { hosts: [exam.test] }
locked:
  - { id: adult, title: Adult, publicTitle: Closed, clause: safety, publicRule: closed, publicClause: safety, match: { categories: [adult] }, action: block }
rules:
  - { id: staff, title: Staff, publicTitle: Staff, noClause: staff judge, for: [staff], match: { categories: [games] }, action: allow }
  - { id: games, title: Games, publicTitle: { en: Games, es: Juegos }, clause: games, match: { categories: [games] }, action: block }
  - { id: wiki, title: Wiki games, publicTitle: Games, clause: games, match: { urls: [wiki.test/games/**] }, action: block }
  - { id: notice, title: Notice, publicTitle: Notice, clause: safety, match: { hosts: ['*.video.test'] }, action: warn }
default: { action: allow, publicTitle: Open, clause: safety }
`;

export const lists = [
  { name: 'games', text: '@category games\n@source the publisher\ngames.test\n=only.test\n' },
  { name: 'help', text: '@category help\nhotline.test\n' },
  { name: 'adult', text: '@category adult\nadult.test\n' },
];

export function compiled(policy = policyText, from = lists): SharedArrayBuffer {
  const edition = compileEdition({ policy, aup: [aup, aupEs] }, from);
  if (!edition.ok) throw new Error(edition.problems.map(formatProblem).join('\n'));
  return edition.image;
}

export const image = (policy?: string): Image => openImage(compiled(policy));

export const request = (host: string, path = '/', method = 'GET'): RequestFacts => ({
  scheme: 'http',
  host,
  hostKind: 'name',
  port: 80,
  url: new RequestUrl(method, path, '', null),
  inner: noFacts,
  aliases: noNames,
  mixedScript: false,
  response: 'unknown',
});

export const tunnel = (host: string, url: 'unknown' | 'unobtainable' = 'unobtainable'): RequestFacts => ({
  scheme: 'https',
  host,
  hostKind: 'name',
  port: 443,
  url,
  inner: noFacts,
  aliases: noNames,
  mixedScript: false,
  response: url,
});

export const person = (
  login: string,
  groups: readonly string[] = [],
  schools: readonly string[] = [],
): Person =>
  Object.freeze({
    key: `key-${login}`,
    login,
    name: login,
    groups: groups.map((name) => ({ key: `key-${name}`, name, dn: `cn=${name},dc=test` })),
    schools,
  });

export const from = (identity: Identity, ip = '192.0.2.1'): Subject => ({ ip, identity });

/** A Wednesday at ten in the morning, Chicago time. */
export const schoolDay = Date.parse('2026-10-14T15:00:00Z');

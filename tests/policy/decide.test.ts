import { describe, expect, it } from 'vitest';
import { decide } from '../../policy/decide.ts';
import { explain, formatTraceStep } from '../../policy/explain.ts';
import type { RequestFacts } from '../../policy/request.ts';
import { from, image as open, person, policyText, request, schoolDay, tunnel } from './compile/fixture.ts';

const image = open();
const at = schoolDay;

describe('decide', () => {
  it('takes the first rule that matches, in the order of the tiers', () => {
    expect(decide(image, request('a.games.test'), from(person('ann', ['staff'])), [], at)).toMatchObject({
      action: 'allow',
      rule: 'staff',
      needs: [],
    });
    expect(decide(image, request('games.test'), from(person('bob')), [], at)).toMatchObject({
      action: 'block',
      rule: 'games',
      clause: 'games',
      log: true,
    });
    expect(decide(image, request('sub.only.test'), from(person('bob')), [], at)).toMatchObject({
      action: 'allow',
      tier: 'default',
      log: false,
    });
  });

  it('opens crisis and testing hosts by the host alone, and never records them', () => {
    for (const facts of [request('hotline.test'), tunnel('a.hotline.test', 'unknown')])
      expect(decide(image, facts, from('unknown'), [], at)).toMatchObject({
        action: 'allow',
        tier: 'crisis',
        log: false,
        needs: [],
      });
    expect(decide(image, request('exam.test'), from('unknown'), [], at)).toMatchObject({
      tier: 'testing',
      log: false,
      needs: [],
    });
  });

  it('asks who it is only where that can change the outcome', () => {
    expect(decide(image, request('games.test'), from('unknown'), [], at)).toMatchObject({
      needs: ['identity'],
      rule: 'games',
    });
    expect(decide(image, request('open.test'), from('unknown'), [], at).needs).toEqual([]);
    expect(decide(image, request('games.test'), from('unknown', '10.1.9.9'), [], at).needs).toEqual([]);
    const allowed = open(
      policyText.replace(
        'id: games, title: Games, publicTitle: { en: Games, es: Juegos }, clause: games, match: { categories: [games] }, action: block',
        'id: games, title: G, publicTitle: G, clause: games, match: { categories: [games] }, action: allow',
      ),
    );
    expect(decide(allowed, request('games.test'), from('unknown'), [], at)).toMatchObject({
      action: 'allow',
      needs: [],
    });
  });

  it('asks for the URL where a path decides, and takes what cannot be seen as no match', () => {
    expect(decide(image, tunnel('wiki.test', 'unknown'), from('unknown'), [], at)).toMatchObject({
      action: 'allow',
      needs: ['url'],
    });
    expect(decide(image, tunnel('wiki.test'), from('unknown'), [], at)).toMatchObject({
      action: 'allow',
      tier: 'default',
      needs: [],
    });
    expect(decide(image, request('wiki.test', '/games/x'), from('unknown'), [], at)).toMatchObject({
      action: 'block',
      rule: 'wiki',
    });
  });

  it('lets a person past a notice by a grant of theirs, for that rule and host, until it ends', () => {
    const bob = person('bob');
    const grant = {
      id: 'g1',
      kind: 'continue',
      subject: bob.key,
      rule: 'notice',
      host: 'a.video.test',
      expires: at + 1,
    } as const;
    const asked = (grants: readonly (typeof grant)[], who = bob, when = at, host = 'a.video.test') =>
      decide(image, request(host), from(who), grants, when);
    expect(asked([])).toMatchObject({ action: 'warn', tier: 'ordered', log: true, grantsUsed: [] });
    expect(asked([grant])).toMatchObject({
      action: 'allow',
      tier: 'grant',
      rule: 'notice',
      log: false,
      grantsUsed: ['g1'],
    });
    expect(asked([grant], person('ann')).action).toBe('warn');
    expect(asked([grant], bob, at + 1).action).toBe('warn');
    expect(asked([grant], bob, at, 'b.video.test').action).toBe('warn');
  });

  it('gives one frozen value again and again where no grant is used', () => {
    const subject = from(person('bob'));
    const first = decide(image, request('games.test'), subject, [], at);
    expect(decide(image, request('games.test'), subject, [], at)).toBe(first);
    expect(Object.isFrozen(first)).toBe(true);
  });

  it('closes by a rule whose evaluation fails, and opens nothing by one that would open', () => {
    const broken = (host: string): RequestFacts => ({
      ...tunnel(host),
      get url(): 'unknown' {
        throw new Error('a defect');
      },
    });
    expect(decide(image, broken('wiki.test'), from(person('bob')), [], at)).toMatchObject({
      action: 'block',
      rule: 'wiki',
    });
    const opening = open(
      policyText.replace(
        'match: { urls: [wiki.test/games/**] }, action: block',
        'match: { urls: [wiki.test/games/**] }, action: allow, log: true',
      ),
    );
    expect(decide(opening, broken('wiki.test'), from(person('bob')), [], at)).toMatchObject({
      tier: 'default',
    });
  });
});

describe('explain', () => {
  const lines = (facts: RequestFacts, subject = from(person('bob'))) =>
    explain(image, facts, subject, [], at).trace.map(formatTraceStep);

  it('decides as decide does', () => {
    for (const facts of [
      request('games.test'),
      tunnel('wiki.test', 'unknown'),
      request('hotline.test'),
      request('open.test'),
    ])
      for (const subject of [from(person('bob')), from('unknown')])
        expect(explain(image, facts, subject, [], at).decision).toBe(decide(image, facts, subject, [], at));
  });

  it('names the entry, the list, the line and the source', () => {
    expect(lines(request('a.games.test'))).toEqual([
      'locked rule `adult`: not matched: `a.games.test` is not among its places',
      'ordered rule `staff`: not matched: it is for `staff`',
      'ordered rule `games`: matched: `games.test` is in category `games` by list `games`, line 3 (the publisher); for anyone',
    ]);
  });

  it('says what is not known, what cannot be, and what holds meanwhile', () => {
    expect(lines(request('games.test'), from('unknown')).slice(1)).toEqual([
      'ordered rule `staff`: unknown: who it is decides: it is for `staff`',
      'ordered rule `games`: matched: `games.test` is in category `games` by list `games`, line 3 (the publisher); for anyone',
      'ordered rule `games`: matched: this holds if what is needed cannot be had (identity)',
    ]);
    expect(lines(tunnel('wiki.test'))).toContain(
      'ordered rule `wiki`: unobtainable: the method, path or fields decide, and cannot be seen in this tunnel',
    );
  });

  it('says why a class stands above the rules', () => {
    expect(lines(request('hotline.test'))).toEqual([
      'crisis: matched: `hotline.test` is in category `help` by list `help`, line 2',
    ]);
  });
});

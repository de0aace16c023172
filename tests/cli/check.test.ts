import { mkdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Answer } from '../../control/check.ts';
import { ControlHouse, district } from '../control/house.ts';
import type { District } from '../control/house.ts';
import { hallpass } from './hallpass.ts';

// Each run starts a process or two, which takes seconds where other tests keep the processors busy.
vi.setConfig({ testTimeout: 120_000 });

const policy = `hallpass: 1
title: A small district
timeZone: America/Denver
audiences: {}
categories:
  games: { title: Games }
schedules:
  lessons:
    windows: [{ days: [mon, tue, wed, thu, fri], from: '08:00', to: '15:00' }]
rules:
  - id: no-games
    title: Games wait
    publicTitle: Games
    clause: games
    match: { categories: [games] }
    when: [lessons]
    action: block
  - id: think-first
    title: Think first
    publicTitle: Polls
    noClause: only a reminder
    match: { urls: [forum.test/polls/**] }
    action: warn
default:
  action: allow
  publicTitle: Everything else
  noClause: what no rule names is allowed
`;
/** A Tuesday. */
const lesson = '2026-09-01T10:00:00-06:00';
const evening = '2026-09-01T19:00:00-06:00';

let place: District;
let house: ControlHouse;
beforeAll(async () => {
  place = await district(policy);
  await writeFile(join(place.folder, 'lists', 'games.list'), '@category games\n\ngames.test\n');
  house = new ControlHouse(place.config);
  await house.control.ready;
});
afterAll(async () => {
  await house.stop();
  await place.remove();
});

const check = (...args: string[]) =>
  hallpass(['check', ...args, '--config', place.file], { cwd: place.folder });

const cases: readonly [string[], number, Partial<Answer>][] = [
  [['http://games.test/', '--at', lesson], 10, { action: 'block', rule: 'no-games', clause: 'games' }],
  [['http://games.test/', '--at', evening], 0, { action: 'allow', rule: 'default', clause: null }],
  [['https://www.games.test/', '--at', lesson], 10, { action: 'block', rule: 'no-games' }],
  [['HTTP://GAMES.TEST./x', '--at', lesson], 10, { action: 'block' }],
  [['http://forum.test/polls/7', '--at', lesson], 11, { action: 'warn', rule: 'think-first', clause: null }],
  [['https://forum.test/polls/7', '--at', lesson], 0, { action: 'allow' }],
  [['library.test', '--at', lesson, '--from', '10.1.2.3'], 0, { action: 'allow', rule: 'default' }],
];

function asks(): void {
  test('answers a file line by line, and says that one failed', async () => {
    const lines = [
      `{"url":"http://games.test/","at":"${lesson}"}`,
      'nonsense',
      `{"url":"http://games.test/","at":"${evening}"}`,
    ];
    const file = await place.write('requests.jsonl', `${lines.join('\n')}\n`);
    const { code, stdout, stderr } = await check('--file', file);
    expect([code, stderr]).toEqual([1, '']);
    const answers = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(answers).toMatchObject([
      { line: 1, action: 'block', rule: 'no-games' },
      { line: 2, error: 'the line is no JSON' },
      { line: 3, action: 'allow', rule: 'default' },
    ]);
  });

  test.each(cases)('%j ends with %i', async (args, code, expected) => {
    const ended = await check(...args, '--json');
    expect([ended.code, ended.stderr]).toEqual([code, '']);
    const answer = JSON.parse(ended.stdout) as Answer;
    expect(answer).toMatchObject(expected);
    expect(answer.policyVersion).toMatch(/^p-[0-9a-f]{16}$/);
    expect(answer.trace.length).toBeGreaterThan(0);
  });

  test('tells people in words', async () => {
    const { stdout } = await check('games.test', '--at', lesson);
    expect(stdout).toMatch(/^blocked by rule no-games, clause games, policy p-[0-9a-f]{16}\n {2}\S/);
  });

  test.each(['0000-01-01T00:00:00Z', '9999-12-31T23:59:59-23:59'])(
    'a time at the edge of the calendar is not understood: %s',
    async (at) => {
      const { code, stderr } = await check('games.test', '--at', at);
      expect([code, stderr]).toEqual([2, `hallpass: \`--at ${at}\` is not within the years 1970 to 9998\n`]);
    },
  );

  test('a login that the directory does not have is no answer', async () => {
    const { code, stdout, stderr } = await check('games.test', '--user', 'nobody');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toBe('hallpass: the directory has no person `nobody`\n');
  });
}

describe('hallpass check, asking the server', asks);

describe('hallpass check, with no server', () => {
  beforeAll(() => house.stop());
  asks();

  test('finds the configuration of the server that last ran there', async () => {
    await writeFile(join(place.data, 'config.path'), `${place.file}\n`);
    const { code, stdout } = await hallpass([
      'check',
      'games.test',
      '--at',
      lesson,
      '--data',
      place.data,
      '--json',
    ]);
    expect(code).toBe(10);
    expect(JSON.parse(stdout)).toMatchObject({ rule: 'no-games' });
  });

  test('goes by the last text of a list that cannot be read, as a start would', async () => {
    const list = join(place.folder, 'lists', 'games.list');
    const text = await readFile(list, 'utf8');
    await rm(list);
    await mkdir(list);
    expect((await check('games.test', '--at', lesson)).code).toBe(10);
    await rmdir(list);
    await writeFile(list, text);
  });

  test('decides by a document, for somebody made up', async () => {
    await place.write(
      'draft.yaml',
      policy
        .replace('audiences: {}', 'audiences: { kids: { title: K, groups: [kids] } }')
        .replace('match: { categories: [games] }', 'for: [kids]\n    match: { categories: [games] }'),
    );
    const by = ['--version', 'draft.yaml', '--aup', 'aup.md', '--at', lesson];
    expect((await check('games.test', ...by, '--groups', 'kids')).code).toBe(10);
    expect((await check('games.test', ...by, '--audience', 'kids')).code).toBe(10);
    expect((await check('games.test', ...by, '--groups', 'others')).code).toBe(0);
    expect((await check('games.test', '--version', 'none.yaml')).stderr).toContain('cannot read `none.yaml`');
  });

  test('says so where nothing was published', async () => {
    const { code, stderr } = await hallpass(['check', 'games.test', '--data', join(place.folder, 'none')]);
    expect(code).toBe(1);
    expect(stderr).toContain('no policy was published in');
  });
});

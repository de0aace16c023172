import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { birthDateOf, BirthDates } from '../../directory/birth-date.ts';
import { as, closeAll, openDirectory } from './open.ts';
import { Slapd, slapdMissing } from './slapd.ts';

const today = Date.UTC(2026, 9, 14);

describe('a date of birth', () => {
  test.each([
    ['2012-05-04', '2012-05-04'],
    [' 2012-05-04 ', '2012-05-04'],
    ['20120504', '2012-05-04'],
    ['20120504000000Z', '2012-05-04'],
    ['2012050400Z', '2012-05-04'],
    ['20120504000000.0Z', '2012-05-04'],
    ['20120504235959-0600', '2012-05-04'],
    ['20120229', '2012-02-29'],
    ['2026-10-15', '2026-10-15'],
  ])('%s is %s', (text, born) => {
    expect(birthDateOf(text, 'iso', today)).toBe(born);
    expect(birthDateOf(text, 'month/day/year', today)).toBe(born);
  });

  test.each([
    '',
    'unknown',
    '2013-02-29',
    '2012-13-01',
    '20120500',
    '1753-01-01',
    '0000-00-00',
    '2026-10-16',
    '12-05-04',
    '2012-5-4',
    '2012050',
    '201205041',
    '2012-05-04T00:00:00Z',
  ])('is not %j', (text) => {
    expect(birthDateOf(text, 'month/day/year', today)).toBeNull();
  });

  test('is written month first only where it is said so', () => {
    expect(birthDateOf('5/4/2012', 'iso', today)).toBeNull();
    expect(birthDateOf('5/4/2012', 'month/day/year', today)).toBe('2012-05-04');
    expect(birthDateOf('12/31/2011', 'month/day/year', today)).toBe('2011-12-31');
    expect(birthDateOf('31/12/2011', 'month/day/year', today)).toBeNull();
    expect(birthDateOf('5/4/12', 'month/day/year', today)).toBeNull();
  });

  test('that cannot be read is counted, told once an hour, and never shown', () => {
    const lines: object[] = [];
    const log = { info: () => undefined, warn: (fields: object) => void lines.push(fields) };
    const clock = { now: today };
    const dates = new BirthDates('born', 'iso', log, () => clock.now);
    const read = ['5/4/2012', undefined, '', 'secret', '2012-05-04'].map((text) => dates.read(text));
    expect(read).toEqual([null, null, null, null, '2012-05-04']);
    clock.now += 3_600_000;
    dates.read('x');
    expect(lines).toEqual([
      { attribute: 'born', count: 1 },
      { attribute: 'born', count: 2 },
    ]);
  });
});

describe.skipIf(slapdMissing !== null)('a real directory', () => {
  const person = (login: string, born: string) => `dn: uid=${login},ou=staff,dc=demo,dc=test
objectClass: inetOrgPerson
uid: ${login}
cn: ${login}
sn: ${login}
userPassword: demo-${login}
employeeNumber: ${born}
`;
  let slapd: Slapd;
  beforeAll(async () => {
    const more = [person('old', '2008-01-31'), person('packed', '20120504000000Z'), person('wrong', 'n/a')];
    slapd = await Slapd.start({ more: more.join('\n') });
  }, 60_000);
  afterAll(async () => {
    closeAll();
    await slapd.remove();
  });

  test('tells it of whoever signs in or is looked for, where an option names the attribute', async () => {
    const directory = openDirectory([slapd.url], { attributes: { birthDate: 'employeeNumber' } });
    const born = async (login: string) => (await directory.find(login))?.born;
    expect([await born('old'), await born('packed'), await born('wrong'), await born('cto')]).toEqual([
      '2008-01-31',
      '2012-05-04',
      null,
      null,
    ]);
    expect(await directory.signIn(as('old'))).toMatchObject({
      kind: 'verified',
      person: { born: '2008-01-31' },
    });
  });

  test('is asked for none otherwise', async () => {
    expect((await openDirectory([slapd.url]).find('old'))?.born).toBeNull();
  });
});

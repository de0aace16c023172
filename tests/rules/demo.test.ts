import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ldifOf, rulesFolder, textOf, yamlOf } from './read.ts';
import type { LdifEntry } from './read.ts';

const entries = ldifOf('demo', 'district.ldif');
const one = (entry: LdifEntry | undefined, name: string) => entry?.get(name)?.[0] ?? '';
const all = (entry: LdifEntry, name: string) => entry.get(name) ?? [];
const people = entries.filter((entry) => all(entry, 'objectClass').includes('inetOrgPerson'));
const groups = entries.filter((entry) => all(entry, 'objectClass').includes('groupOfNames'));
const names = new Set(entries.map((entry) => one(entry, 'dn')));

/** Every group that holds `dn`, directly or through others. */
function groupsOf(dn: string, found = new Set<LdifEntry>()): Set<LdifEntry> {
  for (const group of groups.filter((each) => all(each, 'member').includes(dn) && !found.has(each))) {
    found.add(group);
    groupsOf(one(group, 'dn'), found);
  }
  return found;
}
const groupNames = (person: LdifEntry) =>
  [...groupsOf(one(person, 'dn'))].map((group) => one(group, 'cn')).sort();
const person = (login: string) => people.find((entry) => one(entry, 'uid') === login);
const inSchool = (kind: string, school: string) =>
  people.filter(
    (entry) =>
      one(entry, 'employeeType') === kind && all(entry, 'physicalDeliveryOfficeName').includes(school),
  );

describe('the demo directory', () => {
  it('gives every entry a DN and a key of its own', () => {
    expect(names.size).toBe(entries.length);
    const keys = new Set(entries.map((entry) => one(entry, 'entryUUID')));
    expect(keys.size).toBe(entries.length);
    for (const key of keys) expect(z.uuid().safeParse(key).success).toBe(true);
  });

  it('has only members that exist', () => {
    expect(groups.flatMap((group) => all(group, 'member')).filter((dn) => !names.has(dn))).toEqual([]);
  });

  it.each(['K', ...Array.from({ length: 12 }, (_, index) => String(index + 1))])(
    'has two students in grade %s',
    (grade) => {
      const found = people.filter((entry) => one(entry, 'departmentNumber') === grade);
      expect(found.length).toBeGreaterThanOrEqual(2);
      const band = grade === 'K' || Number(grade) <= 5 ? 'k5' : Number(grade) <= 8 ? '6-8' : '9-12';
      for (const student of found) {
        const bands = groupNames(student).filter((name) => name.startsWith('students-'));
        expect(bands).toEqual([`students-${band}`]);
      }
    },
  );

  it.each(['north-high', 'south-high', 'middle', 'elementary'])('staffs %s', (school) => {
    expect(inSchool('principal', school)).toHaveLength(1);
    for (const kind of ['teacher', 'counsellor', 'principal']) {
      for (const found of inSchool(kind, school)) expect(groupNames(found)).toContain('staff');
      expect(inSchool(kind, school).length).toBeGreaterThanOrEqual(1);
    }
    expect(inSchool('student', school).length).toBeGreaterThanOrEqual(2);
  });

  it('has a technology office and an account for searching', () => {
    expect(groupNames(person('cto') ?? new Map())).toEqual(['staff', 'technology']);
    expect(names).toContain('cn=hallpass,ou=services,dc=demo,dc=test');
  });

  it('has a loop of groups, and one whose DN has an escaped comma', () => {
    expect(groupNames(person('student.g7') ?? new Map())).toEqual(
      expect.arrayContaining(['book-club', 'book-club-helpers']),
    );
    expect([...names].filter((dn) => dn.includes('\\,'))).toHaveLength(1);
    expect(groupNames(person('student.g12') ?? new Map())).toContain('students-9-12');
  });

  it('has passwords that nobody could take for real ones', () => {
    for (const entry of people) expect(one(entry, 'userPassword')).toBe(`demo-${one(entry, 'uid')}`);
  });

  it('agrees with the people of the behaviour cases', () => {
    const subject = z.strictObject({
      key: z.uuid(),
      login: z.string(),
      name: z.string(),
      groups: z.array(z.string()),
      schools: z.array(z.string()),
    });
    const subjects = z.record(z.string(), subject).parse(yamlOf('cases', 'subjects.yaml'));
    const invented = Object.keys(subjects).filter((login) => person(login) === undefined);
    expect(invented).toEqual(['office-aide', 'newcomer', 'student.bio7']);
    for (const login of Object.keys(subjects).filter((each) => !invented.includes(each))) {
      const entry = person(login) ?? new Map<string, string[]>();
      expect({ ...subjects[login], groups: subjects[login]?.groups.toSorted() }).toEqual({
        key: one(entry, 'entryUUID'),
        login,
        name: one(entry, 'displayName'),
        groups: groupNames(entry),
        schools: all(entry, 'physicalDeliveryOfficeName'),
      });
    }
  });
});

const slapadd = ['/usr/sbin/slapadd', '/usr/lib/openldap/slapadd', '/usr/local/sbin/slapadd'].find(
  existsSync,
);
const required = process.env.HALLPASS_TEST_REQUIRE_ALL === '1';
const schemas = ['/etc/ldap/schema', '/etc/openldap/schema'].find(existsSync) ?? '/etc/ldap/schema';
const folder = mkdtempSync(join(tmpdir(), 'hallpass-ldif-'));
afterAll(() => rmSync(folder, { recursive: true }));

const configuration = `
${['core', 'cosine', 'inetorgperson'].map((name) => `include ${schemas}/${name}.schema`).join('\n')}
modulepath /usr/lib/ldap
moduleload back_mdb
database mdb
suffix dc=demo,dc=test
directory ${folder}/db
`;

describe('OpenLDAP', () => {
  it('loads the demo directory as it is', ({ skip }) => {
    if (slapadd === undefined && !required) skip('slapadd is not installed');
    writeFileSync(join(folder, 'slapd.conf'), configuration);
    mkdirSync(join(folder, 'db'));
    const settings = ['-f', join(folder, 'slapd.conf')];
    const program = slapadd ?? 'slapadd';
    execFileSync(program, [...settings, '-l', join(rulesFolder, 'demo', 'district.ldif')], { stdio: 'pipe' });
    const loaded = execFileSync(program.replace('slapadd', 'slapcat'), settings, {
      encoding: 'utf8',
      stdio: 'pipe',
    });
    expect(loaded.match(/^dn:/gm)).toHaveLength(entries.length);
    expect(loaded).toContain('entryUUID: de300000-0000-4000-8000-000000000001');
  });
});

describe('the demo site', () => {
  it.each(['library', 'games', 'hotline'])('asks no other host for anything: %s', (name) => {
    const page = textOf('demo', 'site', `${name}.html`);
    expect(page).not.toMatch(/https?:|\/\/|<script|<link|@import|url\(/i);
    expect(page).toMatch(/^<!doctype html>\n<html lang="en">/);
  });
});

/** What a survey sees of the demo district, and of one that limits searches. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { options } from '../../directory/options.ts';
import { Survey } from '../../directory/survey.ts';
import { base, service, Slapd, slapdMissing } from './slapd.ts';

describe.skipIf(slapdMissing !== null)('a survey of the demo district', () => {
  let slapd: Slapd;
  let survey: Survey;
  beforeAll(async () => {
    slapd = await Slapd.start({
      config: 'limits dn.exact="' + service.dn + '" size.soft=20 size.hard=20 size.unchecked=unlimited',
    });
    survey = await Survey.open(
      options.parse({ servers: [slapd.url], bindDn: service.dn, bindPassword: service.password }),
    );
  }, 60_000);
  afterAll(async () => {
    survey.close();
    await slapd.remove();
  });

  test('the root says where entries are', async () => {
    expect(await survey.root()).toEqual({ kind: 'openldap', bases: [base] });
  });

  test('people: as many as the server gives, their login, key and school', async () => {
    const people = await survey.people(base, 'openldap');
    expect(people).toMatchObject({ count: 20, filter: null, login: ['uid', 'mail'], key: 'entryUUID' });
    expect(people?.schools[0]).toMatchObject({ attribute: 'physicalDeliveryOfficeName', covers: 100 });
    expect(people?.schools[0]?.values).toContain('elementary');
  });

  test('groups by name, and how they name members', async () => {
    const groups = await survey.groups(base, 'openldap');
    expect(groups.names).toContain('counsellors');
    expect(survey.limited).toBe(true);
    expect(groups.members).toContain('member');
  });

  test('nobody is below a place of groups', async () => {
    expect(await survey.people(`ou=groups,${base}`, 'openldap')).toBeNull();
  });
});

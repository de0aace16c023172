import { describe, expect, it } from 'vitest';
import { from, image as open, person, policyText, schoolDay } from './fixture.ts';

const image = open();

describe('what pages and records ask of an edition', () => {
  it('names itself by content', () => {
    expect(image.id).toMatchObject({
      edition: expect.stringMatching(/^e-[0-9a-f]{16}$/) as string,
      policyVersion: expect.stringMatching(/^p-[0-9a-f]{16}$/) as string,
      aupVersion: expect.stringMatching(/^a-[0-9a-f]{16}$/) as string,
    });
    const other = open(policyText.replace('Small district', 'Another')).id;
    expect(other.policyVersion).not.toBe(image.id.policyVersion);
    expect(other.edition).not.toBe(image.id.edition);
    expect(other.aupVersion).toBe(image.id.aupVersion);
  });

  it('has clauses in the language asked for, else as adopted', () => {
    expect(image.clause('games', ['es'])).toMatchObject({
      text: 'Los juegos son para después de clase.',
      adopted: '2026-08-03',
    });
    expect(image.clause('games', ['es-MX'])).not.toHaveProperty('language');
    expect(image.clause('games', ['ar'])).toMatchObject({
      text: 'Games are for after school.',
      language: 'en',
      child: 'Play after school.',
    });
    expect(image.clause('nothing', ['en'])).toBeNull();
    expect(image.adoptedClause('games')).toEqual({
      ...{
        id: 'games',
        number: '4.2',
        title: 'Games',
        text: 'Games are for after school.',
        adopted: '2026-08-03',
      },
    });
    expect(image.adoptedClause('nothing')).toBeNull();
  });

  it('tells what may be said of a rule', () => {
    expect(image.ruleInfo('adult')).toMatchObject({
      sensitive: true,
      publicRule: 'closed',
      publicClause: 'safety',
      tier: 'locked',
    });
    expect(image.ruleInfo('staff')).toMatchObject({
      sensitive: false,
      clause: null,
      noClause: 'staff judge',
      tier: 'ordered',
    });
    expect(image.ruleInfo('default')).toMatchObject({ action: 'allow', clause: 'safety', tier: 'default' });
    expect(image.ruleInfo('crisis')).toMatchObject({ action: 'allow', clause: null });
    expect(() => image.ruleInfo('gone')).toThrow('has no rule `gone`');
  });

  it('speaks to each in their voice', () => {
    expect(image.voiceOf(from(person('ann', ['STAFF'])), schoolDay)).toBe('staff');
    expect(image.voiceOf(from(person('bob', [], ['elementary'])), schoolDay)).toBe('young');
    expect(image.voiceOf(from('unknown', '10.1.9.9'), schoolDay)).toBe('young');
    expect(image.voiceOf(from('unknown'), schoolDay)).toBe('student');
    expect(image.audienceTitleOf(from(person('ann', ['staff'])), ['es'], schoolDay)).toBe('Personal');
    expect(image.audienceTitleOf(from('unknown'), ['es'], schoolDay)).toBeNull();
    expect(image.audiencesOf(from(person('ann', ['staff'], ['elementary'])), schoolDay)).toEqual([
      'staff',
      'young',
      'anyone',
    ]);
  });

  it('knows the most specific network of an address', () => {
    expect(image.networkOf('10.1.9.9')).toMatchObject({
      name: 'lab',
      signIn: 'never',
      schools: ['elementary'],
    });
    expect(image.networkOf('10.1.2.3')).toMatchObject({
      name: 'office',
      signIn: 'ask',
      unidentified: 'refuse',
    });
    expect(image.networkOf('192.0.2.1')).toBeNull();
    expect(image.networkOf('2001:db8::1')).toBeNull();
  });

  it('is frozen while a schedule under `freeze` is open, until none is', () => {
    const schedules = [
      'schedules:',
      `  exams: { windows: [{ days: [wed], from: '08:00', to: '14:00' }] }`,
      `  board: { windows: [{ days: [wed], from: '14:00', to: '20:00' }] }`,
      `  always: { windows: [{ days: [mon, tue, wed, thu, fri, sat, sun], from: '00:00', to: '00:00' }] }`,
      '',
    ].join('\n');
    const at = (freeze: string) =>
      open(
        policyText.replace(/schedules:\n.*\n/, `freeze: [${freeze}]\n${schedules}`).replace(/when: \S+/, 'x'),
      );
    expect([image.isFrozen(schoolDay), image.frozenUntil(schoolDay)]).toEqual([false, null]);
    expect(at('exams').frozenUntil(schoolDay)).toBe(Date.parse('2026-10-14T19:00:00Z'));
    expect(at('board, exams').frozenUntil(schoolDay), 'one window after another').toBe(
      Date.parse('2026-10-15T01:00:00Z'),
    );
    expect(at('board').frozenUntil(schoolDay)).toBeNull();
    expect(at('always').frozenUntil(schoolDay)).toBe(Infinity);
  });

  it('knows when a schedule next opens or closes', () => {
    expect(image.nextBoundary(schoolDay)).toBe(Date.parse('2026-10-14T20:00:00Z'));
    expect(open(policyText.replace(/schedules:\n.*\n/, '')).nextBoundary(schoolDay)).toBe(Infinity);
  });
});

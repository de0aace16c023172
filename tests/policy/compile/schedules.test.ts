import { describe, expect, it } from 'vitest';
import { ScheduleClock } from '../../../policy/compile/schedules.ts';
import { schedule } from '../../../policy/model/policy.ts';

const clock = (source: object, zone = 'America/Chicago') =>
  new ScheduleClock('s', schedule.parse(source), zone);
const week = ['mon', 'tue', 'wed', 'thu', 'fri'];
const at = (iso: string) => Date.parse(iso);
const spells = (source: object, moments: Record<string, boolean>, zone?: string) => {
  for (const order of [Object.entries(moments), Object.entries(moments).toReversed()]) {
    const asked = clock(source, zone);
    for (const [iso, open] of order) expect([iso, asked.isOpen(at(iso))]).toEqual([iso, open]);
  }
};

describe('a schedule', () => {
  it('is open from its first minute to the one before its last', () => {
    spells(
      { windows: [{ days: week, from: '08:00', to: '15:00' }] },
      {
        '2026-10-14T07:59:59-05:00': false,
        '2026-10-14T08:00:00-05:00': true,
        '2026-10-14T14:59:59.999-05:00': true,
        '2026-10-14T15:00:00-05:00': false,
        '2026-10-17T10:00:00-05:00': false,
      },
    );
  });

  it('crosses midnight by the day on which it began', () => {
    spells(
      { windows: [{ days: ['fri'], from: '22:00', to: '06:00' }] },
      {
        '2026-10-16T21:59:00-05:00': false,
        '2026-10-16T23:00:00-05:00': true,
        '2026-10-17T05:59:00-05:00': true,
        '2026-10-17T06:00:00-05:00': false,
        '2026-10-17T23:00:00-05:00': false,
      },
    );
  });

  it('is a whole day without times', () => {
    spells(
      { windows: [{ days: ['sat'] }] },
      {
        '2026-10-16T23:59:59-05:00': false,
        '2026-10-17T00:00:00-05:00': true,
        '2026-10-17T23:59:59-05:00': true,
        '2026-10-18T00:00:00-05:00': false,
      },
    );
  });

  it('keeps to its dates and to what they leave out', () => {
    const dates = [{ from: '2026-10-01', to: '2026-10-31' }];
    const except = [{ from: '2026-10-14', to: '2026-10-15' }];
    spells(
      { windows: [{ days: week, dates }], except },
      {
        '2026-09-30T10:00:00-05:00': false,
        '2026-10-13T10:00:00-05:00': true,
        '2026-10-14T10:00:00-05:00': false,
        '2026-10-16T10:00:00-05:00': true,
        '2026-11-02T10:00:00-06:00': false,
      },
    );
  });

  it('follows the clock on the wall when clocks change', () => {
    spells(
      { windows: [{ days: ['sun'], from: '01:30', to: '03:30' }] },
      {
        // Clocks go from 02:00 to 03:00 at 08:00 UTC.
        '2026-03-08T07:29:00Z': false,
        '2026-03-08T07:30:00Z': true,
        '2026-03-08T08:29:00Z': true,
        '2026-03-08T08:30:00Z': false,
        // Clocks go from 02:00 back to 01:00 at 07:00 UTC.
        '2026-11-01T06:29:00Z': false,
        '2026-11-01T06:30:00Z': true,
        '2026-11-01T09:29:00Z': true,
        '2026-11-01T09:30:00Z': false,
      },
    );
  });

  it('has a time zone of its own where it names one', () => {
    spells(
      { timeZone: 'Pacific/Honolulu', windows: [{ days: ['wed'], from: '08:00', to: '09:00' }] },
      {
        '2026-10-14T18:00:00Z': true,
        '2026-10-14T13:00:00Z': false,
      },
    );
  });
});

describe('the next boundary', () => {
  const school = clock({
    windows: [{ days: week, from: '08:00', to: '15:00' }],
    except: [{ from: '2026-12-19', to: '2027-01-03' }],
  });
  it.each([
    ['2026-10-14T10:00:00-05:00', '2026-10-14T15:00:00-05:00'],
    ['2026-10-14T15:00:00-05:00', '2026-10-15T08:00:00-05:00'],
    ['2026-10-16T16:00:00-05:00', '2026-10-19T08:00:00-05:00'],
    ['2026-12-18T15:00:00-06:00', '2027-01-04T08:00:00-06:00'],
  ])('after %s is %s', (from, next) => {
    expect(school.nextBoundary(at(from))).toBe(at(next));
  });

  it('is never, after the last date', () => {
    const past = clock({ windows: [{ days: week, dates: [{ from: '2020-01-01', to: '2020-02-01' }] }] });
    expect(past.nextBoundary(at('2026-10-14T00:00:00Z'))).toBe(Infinity);
  });

  it('is found years ahead', () => {
    const later = clock({
      windows: [
        { days: ['mon'], from: '08:00', to: '09:00', dates: [{ from: '2029-01-01', to: '2029-01-01' }] },
      ],
    });
    expect(later.nextBoundary(at('2026-10-14T00:00:00Z'))).toBe(at('2029-01-01T08:00:00-06:00'));
  });
});

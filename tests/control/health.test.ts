import { describe, expect, test } from 'vitest';
import { healthOf } from '../../control/health.ts';
import type { HealthSources } from '../../control/health.ts';
import type { StoreHealth } from '../../store/record-thread.ts';
import type { EmergencyRow } from '../../store/repository/emergencies.ts';

const noon = Date.UTC(2026, 8, 1, 12);
const sound: StoreHealth = { ok: true, since: 0, reason: null, spooled: 0, dropped: 0, replacedAt: null };

const sources = (changes: Partial<HealthSources> = {}): HealthSources => ({
  edition: () => 'e-1',
  proxies: () => ({ wanted: 2, live: 2, behind: [] }),
  store: async () => sound,
  journal: '/data/journal.db',
  directory: () => ({ available: true, servers: [] }),
  freeze: () => null,
  emergencies: () => [],
  listSources: () => [],
  lists: () => [],
  ...changes,
});

const up = { url: 'ldaps://one.test', state: 'up', error: null } as const;
const down = { url: 'ldaps://two.test', state: 'down', error: 'cannot connect' } as const;

describe('health', () => {
  test('has nothing to say when all is well', async () => {
    expect(await healthOf(sources())).toEqual({ failures: [], warnings: [] });
  });

  test('fails without a policy, without a proxy thread, and with one that is behind', async () => {
    const proxies = () => ({ wanted: 2, live: 1, behind: ['proxy-1'] });
    const { failures } = await healthOf(sources({ edition: () => null, proxies }));
    expect(failures).toEqual([
      'no policy is in force yet',
      '1 of 2 proxy threads run',
      'proxy-1 has not taken the newest edition',
    ]);
  });

  test('says that the policy is frozen, until when, and whether lists wait', async () => {
    const at = async (until: number, listsWait: boolean) =>
      (await healthOf(sources({ freeze: () => ({ until, listsWait }) }))).warnings;
    expect([...(await at(noon, false)), ...(await at(Infinity, true))]).toEqual([
      'the policy is frozen until 2026-09-01T12:00:00.000Z: nothing is published, and no list changes',
      'the policy is frozen without an end: nothing is published, and no list changes; changed lists wait until then',
    ]);
  });

  test('says that only the locked rules hold, and until when; not who set the others aside, nor why', async () => {
    const switched: EmergencyRow = {
      ...{ id: 'x', kind: 'floor-only' as const, host: null, at: noon - 1, until: noon, actor: 'key-cto' },
      ...{ login: 'cto', reason: 'the principal’s own mistake', approvedAt: null, approver: null },
    };
    const { failures, warnings } = await healthOf(sources({ emergencies: () => [switched] }));
    expect([failures, warnings]).toEqual([
      [],
      [
        'only the locked rules hold until 2026-09-01T12:00:00.000Z: the others are set aside (`hallpass emergency list` says by whom)',
      ],
    ]);
  });

  test('fails while blocks are not recorded: with the file, since when, and what to do', async () => {
    const store = async (): Promise<StoreHealth> => ({ ...sound, ok: false, since: noon, reason: 'full' });
    expect((await healthOf(sources({ store }))).failures).toEqual([
      'blocks are not recorded since 2026-09-01T12:00:00.000Z: `/data/journal.db`: the disk is full: make space',
    ]);
    const away = sources({ store: () => Promise.reject(new Error('gone')) });
    expect((await healthOf(away)).failures).toEqual([
      'blocks are not recorded: the record thread is being restarted',
    ]);
  });

  test('goes on saying that the journal was replaced, though blocks are recorded again', async () => {
    const store = async (): Promise<StoreHealth> => ({ ...sound, replacedAt: noon });
    const { failures, warnings } = await healthOf(sources({ store }));
    expect([failures, warnings.length]).toEqual([[], 1]);
    expect(warnings[0]).toMatch(/^`\/data\/journal\.db`: it was taken away, .*at 2026-09-01T12:00:00\.000Z$/);
  });

  test('warns of a directory server that is down, which takes nothing out of service', async () => {
    const one = sources({ directory: () => ({ available: true, servers: [up, down] }) });
    const server = 'directory server `ldaps://two.test` is down: cannot connect';
    expect(await healthOf(one)).toEqual({ failures: [], warnings: [server] });
    const all = sources({ directory: () => ({ available: false, servers: [down] }) });
    const { failures, warnings } = await healthOf(all);
    expect([failures, warnings[1]]).toEqual([[], server]);
    expect(warnings[0]).toContain('no directory server answers');
  });

  test('warns of a list that is not read: which, since when, why, and what serves', async () => {
    const trouble = { path: '/lists/games.list', reason: 'not UTF-8 text', since: noon };
    const lists = () => [
      { ...trouble, kept: true },
      { ...trouble, kept: false },
    ];
    const { failures, warnings } = await healthOf(sources({ lists }));
    const said = 'list `/lists/games.list` is not read: not UTF-8 text (since 2026-09-01T12:00:00.000Z), ';
    expect(failures).toEqual([]);
    expect(warnings).toEqual([
      `${said}its last text stays in force: mend it, then reload by SIGHUP`,
      `${said}nothing of it is in force: mend it, then reload by SIGHUP`,
    ]);
  });
});

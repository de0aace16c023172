/** What `hallpass doctor` finds out about the district: names, directory, store, policy. */
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Config } from '../../config.ts';
import { ownEndpoints } from '../../config/own-endpoints.ts';
import { compileInThread } from '../compiler.ts';
import { readLists } from '../lists/compose.ts';
import { Directory } from '../../directory/sign-in.ts';
import type { Person } from '../../policy/subject.ts';
import { Repository } from '../../store/repository/repository.ts';
import { openJournalReader } from '../../store/blocks.ts';
import { findDamage } from '../../store/sqlite.ts';
import { listenAddress } from '../../threads/listener.ts';
import { bad, failed, ok, warn } from './finding.ts';
import type { Finding } from './finding.ts';

/** Whether the hosts that the configuration names have addresses. */
export async function names(config: Config): Promise<Finding> {
  const { unresolved } = await ownEndpoints(config);
  if (unresolved.length === 0) return ok('names', 'every host of the configuration has an address');
  const hosts = unresolved.map((host) => `\`${host}\``).join(', ');
  return bad(
    'names',
    `${hosts} has no address`,
    'look at the spelling, or at the DNS servers of this machine',
  );
}

/** Whether the parent proxy takes connections; none at all where there is none. */
export async function parent({ upstream }: Config): Promise<Finding[]> {
  const { address } = upstream.parent;
  if (address === undefined) return [];
  const socket = connect({ ...listenAddress(address), timeout: upstream.connectTimeout });
  try {
    const patience = AbortSignal.timeout(upstream.connectTimeout);
    await once(socket, 'connect', { signal: patience });
    return [ok('parent', `\`${address}\` takes connections`)];
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    const why = code === 'ABORT_ERR' ? 'no answer' : code;
    return [
      bad(
        'parent',
        `the parent proxy \`${address}\` cannot be reached (${why})`,
        'look at `upstream.parent.address` and at the way there: nothing opens without it',
      ),
    ];
  } finally {
    socket.destroy();
  }
}

/** Binds, searches, and where a login is named, says whose it is and which groups and schools they have. */
export async function directory(config: Config, login: string | undefined): Promise<Finding[]> {
  if (config.directory.servers.length === 0)
    return [
      warn('directory', 'there is none: nobody can sign in', 'name its servers in `directory.servers`'),
    ];
  const finder = new Directory(
    structuredClone(config.directory) as ConstructorParameters<typeof Directory>[0],
  );
  try {
    const person = await finder.find(login ?? 'hallpass-doctor-asks-for-nobody');
    const servers = finder.status().servers;
    const down = servers
      .filter(({ state }) => state === 'down')
      .map(({ url, error }) =>
        warn('directory', `\`${url}\` is down: ${error ?? 'no answer'}`, 'mend it, or remove it'),
      );
    const up = servers.find(({ state }) => state === 'up')?.url ?? 'a server';
    return [ok('directory', `\`${up}\` lets Hallpass search`), ...down, ...aboutPerson(login, person)];
  } catch (error) {
    return [failed('directory', error)];
  } finally {
    finder.close();
  }
}

function aboutPerson(login: string | undefined, person: Person | null): Finding[] {
  if (login === undefined) return [];
  if (person === null)
    return [
      bad(
        'directory',
        `it has no person \`${login}\``,
        'look at the spelling, `directory.people.login` and `.filter`',
      ),
    ];
  const groups = person.groups.map(({ name }) => name).join(', ');
  const schools = person.schools.join(', ');
  return [
    ok('directory', `\`${login}\` is ${person.name}, key ${person.key}`),
    groups === ''
      ? warn(
          'directory',
          `${person.name} is in no group`,
          'look at `directory.groups`: rules for groups will not be for them',
        )
      : ok('directory', `groups: ${groups}`),
    schools === ''
      ? warn(
          'directory',
          `${person.name} has no school`,
          'look at `directory.schools`: no principal will see their records',
        )
      : ok('directory', `schools: ${schools}`),
  ];
}

/** @param deep whether every page is read: seconds for a million records */
export function store({ data }: Config, deep: boolean): Finding[] {
  const journal = join(data, 'journal.db');
  if (!existsSync(journal)) return [ok('store', 'nothing is recorded yet')];
  try {
    const database = openJournalReader(journal);
    try {
      const damage = deep ? findDamage(database) : null;
      if (damage !== null) return [bad('store', `\`${journal}\` is damaged (${damage})`, 'restore a backup')];
      const records = Number(database.prepare('SELECT count(*) AS n FROM records').get()?.['n']);
      return [ok('store', `${records.toLocaleString('en-US')} records${deep ? ', and no damage' : ''}`)];
    } finally {
      database.close();
    }
  } catch (error) {
    return [failed('store', error)];
  }
}

/** Whether what is published compiles with the lists of now, or the first policy that would be. */
export async function policy(config: Config): Promise<Finding[]> {
  try {
    const path = join(config.data, 'hallpass.db');
    const { latest, lists, faults } = await stored(path, config);
    const broken = faults.map(({ path: file, reason }) =>
      warn('policy', `list \`${file}\` is not read: ${reason}`, 'mend it'),
    );
    if (latest === null)
      return [ok('policy', 'none was published yet: the first start publishes `policy.initial`'), ...broken];
    const compiled = await compileInThread({
      documents: latest,
      files: { policy: 'the policy', aup: [] },
      lists,
    });
    if (!compiled.ok)
      return [
        bad('policy', 'the published policy does not compile', 'run `hallpass policy validate` on it'),
        ...broken,
      ];
    const left = compiled.warnings.length;
    const text = `${compiled.id.policyVersion} compiles with ${String(lists.length)} lists`;
    const lines =
      left === 0 ? [] : [warn('policy', `${String(left)} lines of lists are left out`, 'the log says which')];
    return [ok('policy', text), ...lines, ...broken];
  } catch (error) {
    return [failed('policy', error)];
  }
}

async function stored(path: string, config: Config) {
  const reader = existsSync(path) ? Repository.openReader(path) : null;
  try {
    const latest = (await reader?.latest())?.documents ?? null;
    return { latest, ...(await (await readLists(config, reader)).inForce.read()) };
  } finally {
    await reader?.close();
  }
}

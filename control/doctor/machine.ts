/** What `hallpass doctor` finds on this machine: ports, descriptors, disk, clock. */
import { existsSync, statfsSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import type { Config } from '../../config.ts';
import { descriptorLimit, shareOut } from '../../config/descriptors.ts';
import { isBuilt } from '../../admin-ui/server/web.ts';
import { openJournalReader } from '../../store/blocks.ts';
import { listenAddress } from '../../threads/listener.ts';
import { probe } from '../../threads/probe.ts';
import { bad, failed, ok, warn } from './finding.ts';
import type { Finding } from './finding.ts';

/** Free space below which it is time to make some, in bytes. */
const [littleSpace, noSpace] = [5e9, 0.5e9];

/** Whether each port is free; while the server runs they are its own. */
export async function ports(config: Config, running: boolean): Promise<Finding[]> {
  if (running) return [ok('ports', 'the running server has them')];
  const doors = ['proxy', 'portal', 'admin'] as const;
  return Promise.all(
    doors.map(async (door) => {
      const { listen } = config[door];
      try {
        await probe(`${door}.listen`, listenAddress(listen));
        return ok('ports', `\`${listen}\` is free for \`${door}.listen\``);
      } catch (error) {
        return failed('ports', error);
      }
    }),
  );
}

/** The pages are files that are made once after an installation or an update. */
export function adminPages(built = isBuilt()): Finding {
  if (built) return ok('admin pages', 'they are built');
  return warn('admin pages', 'they are not built', 'run `npm run build` where Hallpass is installed');
}

/** Of this shell, which may not be that of the service. */
export function limits({ proxy, upstream }: Config, limit = descriptorLimit()): Finding {
  if (limit === null) return ok('limits', 'the system sets no limit of open files that could be read');
  const threads = proxy.threads ?? Math.max(2, availableParallelism());
  const wanted = { threads, maxConnections: proxy.maxConnections, maxIdle: upstream.maxIdle };
  const { needed, maxConnections } = shareOut(limit, wanted);
  if (limit >= needed)
    return ok('limits', `${String(limit)} open files are enough for \`proxy.maxConnections\``);
  return warn(
    'limits',
    `${String(limit)} open files are allowed here, ${String(needed)} are needed: a thread would take ${String(maxConnections)} connections`,
    `set \`LimitNOFILE=${String(needed)}\` in the service; this is the limit of your shell`,
  );
}

export function disk({ data }: Config): Finding[] {
  const place = existsSync(data) ? data : dirname(data);
  if (!existsSync(place))
    return [bad('disk', `\`${place}\` is not there`, 'make it, or set `data` to a folder')];
  const { bavail, bsize } = statfsSync(place);
  const free = bavail * bsize;
  const text = `${(free / 1e9).toFixed(1)} GB are free where \`${data}\` is`;
  const space =
    free < noSpace
      ? bad('disk', text, 'make space now: without it blocks are not recorded')
      : free < littleSpace
        ? warn('disk', text, 'make space, or shorten `store.retention`')
        : ok('disk', text);
  return existsSync(data) ? [space, privacy(data)] : [space];
}

function privacy(data: string): Finding {
  const mode = statSync(data).mode & 0o077;
  return mode === 0
    ? ok('disk', 'the data folder is private')
    : warn('disk', `others on this machine can enter \`${data}\``, `run \`chmod 700 ${data}\``);
}

const day = 86_400_000;

/** A record cannot be from later than now. */
export function clock({ data }: Config, now = Date.now()): Finding {
  const journal = join(data, 'journal.db');
  if (!existsSync(journal)) return ok('clock', `it is ${new Date(now).toISOString()}`);
  try {
    return clockBeside(journal, now);
  } catch (error) {
    return failed('clock', error);
  }
}

function clockBeside(journal: string, now: number): Finding {
  const database = openJournalReader(journal);
  try {
    const newest = Number(database.prepare('SELECT max(at) AS at FROM records').get()?.['at'] ?? 0);
    if (newest <= now + 60_000)
      return ok('clock', `it is ${new Date(now).toISOString()}, after every record`);
    const text = `it is ${new Date(now).toISOString()}, and there is a record of ${new Date(newest).toISOString()}`;
    const mend = 'look at the time synchronisation of this machine: schedules and retention go by its clock';
    return newest > now + day ? bad('clock', text, mend) : warn('clock', text, mend);
  } finally {
    database.close();
  }
}

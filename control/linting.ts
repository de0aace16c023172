/** What lint is told of this district: its lists, and the tables that come with Hallpass. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { ListText } from '../policy/edition.ts';
import { formatProblem } from '../policy/errors.ts';
import type { KnownList, LintContext } from '../policy/lint/context.ts';
import { readSubjects } from '../policy/lint/subjects.ts';
import type { ProtectedSubject } from '../policy/lint/subjects.ts';
import { readServices } from '../policy/services.ts';
import { ListFolders } from './lists.ts';

/**
 * @param groupExists asks the directory; left away, nothing is said of groups
 * @param knowsBirthDates whether an option names the attribute that holds them
 */
export async function lintContext(
  folders: readonly string[],
  groupExists?: LintContext['groupExists'],
  now: number = Date.now(),
  knowsBirthDates = false,
): Promise<LintContext> {
  const { lists } = await new ListFolders(folders).read();
  return {
    now,
    ...(groupExists === undefined ? {} : { groupExists }),
    knowsBirthDates,
    lists: await changesOf(folders),
    filled: filledCategories(lists),
    services: await services(),
    subjects: await protectedSubjects(),
  };
}

const table = (name: string): Promise<string> =>
  readFile(new URL(`../rules/${name}`, import.meta.url), 'utf8');

export async function protectedSubjects(): Promise<readonly ProtectedSubject[]> {
  const file = 'protected-subjects.yaml';
  const read = readSubjects(await table(file), file);
  if (!read.ok) throw new Error(read.problems.map(formatProblem).join('\n'));
  return read.subjects;
}

async function services() {
  const file = 'services.yaml';
  const read = readServices(await table(file), file);
  if (!read.ok) throw new Error(read.problems.map(formatProblem).join('\n'));
  return read.services;
}

const ending = '.list';

/** When each list changed last; where two folders have one of a name, the later folder counts. */
async function changesOf(folders: readonly string[]): Promise<readonly KnownList[]> {
  const changes = new Map<string, number>();
  for (const folder of folders) {
    const names = await readdir(folder).catch(() => []);
    for (const file of names.filter((name) => name.endsWith(ending))) {
      const { mtimeMs } = await stat(join(folder, file)).catch(() => ({ mtimeMs: NaN }));
      if (!Number.isNaN(mtimeMs)) changes.set(basename(file, ending), mtimeMs);
    }
  }
  return [...changes].map(([name, changed]) => ({ name, changed }));
}

/**
 * Categories of which a list says anything. A list may be long, and its first entry of a category is enough: what follows is
 * passed over up to the next directive.
 */
export function filledCategories(lists: readonly ListText[]): ReadonlySet<string> {
  const filled = new Set<string>();
  for (const { text } of lists) {
    let category = '';
    let at = 0;
    while (at < text.length) {
      const end = text.indexOf('\n', at);
      const line = text.slice(at, end < 0 ? text.length : end).trim();
      const named = /^@category\s+(\S+)/.exec(line)?.[1];
      if (named !== undefined) category = named;
      const isEntry = line !== '' && !/^[#@!]/.test(line);
      if (isEntry && category !== '') filled.add(category);
      const next = isEntry ? text.indexOf('\n@category', at) : end;
      if (next < 0) break;
      at = next + 1;
    }
  }
  return filled;
}

/** The policy and the directory without a server: read-only, and only when none runs. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ask, question } from '../control/check.ts';
import type { Answer, CheckParts } from '../control/check.ts';
import { compilerWith } from '../control/compiler.ts';
import type { CompileTask } from '../control/compiler.ts';
import { publishedDocuments } from '../control/documents.ts';
import { imagesAt } from '../control/image-in-force.ts';
import { readLists } from '../control/lists/compose.ts';
import { listsPublished } from '../control/lists.ts';
import { withTables } from '../control/tables.ts';
import type { Config } from '../config.ts';
import { Directory } from '../directory/sign-in.ts';
import { openImage } from '../policy/compile/image.ts';
import type { Grant } from '../policy/decision.ts';
import type { Image } from '../policy/compile/image.ts';
import type { PolicyDocuments } from '../policy/edition.ts';
import { formatProblem } from '../policy/errors.ts';
import type { Person } from '../policy/subject.ts';
import { imagesOf } from '../store/images.ts';
import { Repository } from '../store/repository/repository.ts';
import type { Publication } from '../store/repository/repository.ts';
import { CliError } from './errors.ts';
import { configOf, dataFolder } from './place.ts';
import type { PlaceOptions } from './place.ts';
import type { Named } from '../control/documents.ts';

/** What was published last, or null where nothing was. */
export async function storedPolicy(
  place: PlaceOptions,
): Promise<{ readonly documents: PolicyDocuments } | null> {
  return withReader(await dataFolder(place), (reader) => reader.latest());
}

/** What was published, the last first. @throws CliError `not-found` */
export async function storedPublications(place: PlaceOptions): Promise<readonly Publication[]> {
  const publications = await withReader(await dataFolder(place), (reader) => reader.listPublications());
  if (publications === null) throw noPolicy(await dataFolder(place));
  return publications;
}

/** The documents of a version. @throws ControlError `unknown-policy`, CliError `not-found` */
export async function storedDocuments(
  place: PlaceOptions,
  version: string | undefined,
): Promise<PolicyDocuments> {
  const data = await dataFolder(place);
  const documents = await withReader(data, (reader) => publishedDocuments(reader, version));
  if (documents === null) throw noPolicy(data);
  return documents;
}

/** Decides by what was published last, or by the policy given, with the lists that the next start would have. */
export function checkOffline(place: PlaceOptions, named: Named | null, asked: object): Promise<Answer> {
  return withCheck(place, named, (parts) => ask(parts, question.parse(asked)));
}

/** @param named a policy; what was published last where null @throws CliError `bad-file` with its problems */
export async function withCheck<T>(
  place: PlaceOptions,
  named: Named | null,
  work: (parts: CheckParts) => Promise<T>,
): Promise<T> {
  const config = await configOf(place);
  const { image, policyVersion } = await compiledPolicy(place, named);
  const data = await dataFolder(place);
  const grants = async (person: string | null, at: number): Promise<readonly Grant[]> =>
    (await withReader(data, (reader) => reader.grantsAt(person, at))) ?? [];
  // A draft is asked what it says by itself.
  const all = named === null ? await withReader(data, (reader) => reader.emergencies.all()) : null;
  const imageAt = imagesAt(image, all ?? []);
  return withDirectory(config, (findPerson) => work({ image, imageAt, policyVersion, findPerson, grants }));
}

export async function compiledPolicy(
  place: PlaceOptions,
  named: Named | null,
): Promise<{ readonly image: Image; readonly policyVersion: string }> {
  const data = await dataFolder(place);
  const config = await configOf(place);
  const stored = await withReader(data, (reader) => storedTask(reader, config));
  const task = named === null ? stored : { ...named, lists: stored?.lists ?? (await listsNow(config)) };
  if (task === null) throw noPolicy(data);
  const log = { warn: () => undefined };
  const compiled = await compilerWith({ folder: imagesOf(data), log })({ ...task, draft: true });
  if (!compiled.ok && named !== null)
    throw new CliError('bad-file', compiled.problems.map(formatProblem).join('\n'));
  if (!compiled.ok) throw new CliError('not-found', 'the stored policy does not compile with this Hallpass');
  return { image: openImage(compiled.image), policyVersion: compiled.id.policyVersion };
}

/** The lists that the next start would have: those of folders, and what has come from sources. */
export async function listsNow(config: Config): Promise<CompileTask['lists']> {
  const now = async (reader: Repository | null): Promise<CompileTask['lists']> => {
    const { inForce } = await readLists(config, reader);
    return (await withTables(inForce).read()).lists;
  };
  return (await withReader(config.data, now)) ?? now(null);
}

async function storedTask(reader: Repository, config: Config): Promise<CompileTask | null> {
  const latest = await reader.latest();
  if (latest === null) return null;
  const known = await readLists(config, reader);
  const last = listsPublished(latest.lists, (digest) => known.text(digest));
  const { lists } = await withTables(known.inForce).read(last);
  return { documents: latest.documents, files: { policy: 'the stored policy', aup: [] }, lists };
}

async function withDirectory<T>(
  config: Config,
  work: (find: (login: string) => Promise<Person | null>) => Promise<T>,
): Promise<T> {
  const directory = new Directory(
    structuredClone(config.directory) as ConstructorParameters<typeof Directory>[0],
  );
  try {
    return await work((login) => directory.find(login));
  } finally {
    directory.close();
  }
}

export async function withReader<T>(
  data: string,
  work: (reader: Repository) => Promise<T>,
): Promise<T | null> {
  const path = join(data, 'hallpass.db');
  if (!existsSync(path)) return null;
  const reader = Repository.openReader(path);
  try {
    return await work(reader);
  } finally {
    await reader.close();
  }
}

function noPolicy(data: string): CliError {
  return new CliError(
    'not-found',
    `no policy was published in \`${data}\` yet: start \`hallpass serve\`, or name the data folder by \`--data\``,
  );
}

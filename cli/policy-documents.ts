/** The documents that commands about a policy read: a file that was named, or a version that was published, and its AUP. */
import { existsSync } from 'node:fs';
import { readText } from '../control/documents.ts';
import type { Named } from '../control/documents.ts';
import type { PolicyDocuments } from '../policy/edition.ts';
import { formatProblem } from '../policy/errors.ts';
import type { Problem } from '../policy/errors.ts';
import type { ClausePlace } from '../policy/lint/finding.ts';
import type { Aup } from '../policy/model/aup.ts';
import { parseAups } from '../policy/model/parse-aup.ts';
import { parsePolicy } from '../policy/model/parse.ts';
import type { Policy } from '../policy/model/policy.ts';
import type { YamlPositions } from '../policy/model/yaml-document.ts';
import { CliError } from './errors.ts';
import { configOf, dataFolder } from './place.ts';
import type { PlaceOptions } from './place.ts';
import { runningServer, textOf } from './server.ts';

export interface DocumentOptions extends PlaceOptions {
  readonly aup?: readonly string[];
}

export const aupHelp = 'AUP that goes with it, the adopted text first (default: the one in force)';

/** The files that were named, else the AUP published last, else the one that a first start would publish. */
export async function aupOf(
  options: DocumentOptions,
): Promise<{ texts: readonly string[]; names: readonly string[] }> {
  if (options.aup === undefined) {
    const stored = await (await import('./offline.ts')).storedPolicy(options);
    if (stored !== null) {
      const texts = stored.documents.aup;
      return { texts, names: texts.map(() => 'the AUP in force') };
    }
  }
  const names = options.aup ?? (await configOf(options)).policy.initial.aup;
  return { texts: await Promise.all(names.map(readText)), names };
}

/** As published: the version that begins so, or the one in force. */
export async function publishedPolicy(options: PlaceOptions, version: string | undefined): Promise<Named> {
  const server = await runningServer(await dataFolder(options));
  const documents =
    server === null
      ? await (await import('./offline.ts')).storedDocuments(options, version)
      : (JSON.parse(await textOf(await server.get('/policy/documents', { version }))) as PolicyDocuments);
  const name = version ?? 'the policy in force';
  return { documents, files: { policy: name, aup: documents.aup.map(() => `the AUP of ${name}`) } };
}

/** A file, else a version that was published; without a name the one in force. */
export async function policyNamed(name: string | undefined, options: DocumentOptions): Promise<Named> {
  const isVersion = name === undefined || (/^p-[0-9a-f]*$/.test(name) && !existsSync(name));
  if (isVersion && options.aup === undefined) return publishedPolicy(options, name);
  const { texts, names } = await aupOf(options);
  const policy = isVersion ? (await publishedPolicy(options, name)).documents.policy : await readText(name);
  return {
    documents: { policy, aup: texts },
    files: { policy: name ?? 'the policy in force', aup: names },
  };
}

export interface ReadPolicy {
  readonly policy: Policy;
  readonly positions: YamlPositions;
  readonly aup: Aup;
  /** Where the clauses of the adopted text stand. */
  readonly clauses: ReadonlyMap<string, ClausePlace>;
}

/** Or what is wrong with them. */
export function readDocuments({ documents, files }: Named): ReadPolicy | readonly Problem[] {
  const aup = parseAups(documents.aup.map((text, i) => ({ text, file: files.aup[i] ?? 'the AUP' })));
  const policy = parsePolicy(documents.policy, files.policy, aup.ok ? aup.aup : undefined);
  if (!aup.ok || !policy.ok) return [...(aup.ok ? [] : aup.problems), ...(policy.ok ? [] : policy.problems)];
  const file = files.aup[0] ?? 'the AUP';
  return {
    ...{ policy: policy.value, positions: policy.positions, aup: aup.aup },
    clauses: new Map([...aup.lines].map(([id, line]) => [id, { file, line }])),
  };
}

/** @throws CliError with every problem */
export function readOrThrow(named: Named): ReadPolicy {
  const read = readDocuments(named);
  if ('policy' in read) return read;
  throw new CliError('bad-file', read.map(formatProblem).join('\n'));
}

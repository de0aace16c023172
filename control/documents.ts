/** Policy documents as files. */
import { readFile } from 'node:fs/promises';
import type { Repository } from '../store/repository/repository.ts';
import type { CompileTask } from './compiler.ts';
import { ControlError } from './errors.ts';
import type { PolicyDocuments } from '../policy/edition.ts';

export interface DocumentFiles {
  readonly policy: string;
  /** The adopted text first. */
  readonly aup: readonly string[];
}

/** Documents, and how they are called in problems. */
export interface Named {
  readonly documents: PolicyDocuments;
  readonly files: CompileTask['files'];
}

/** @throws ControlError `bad-file` */
export async function readDocuments(files: DocumentFiles): Promise<Named> {
  const [policy, ...aup] = await Promise.all([files.policy, ...files.aup].map(readText));
  return { documents: { policy: policy ?? '', aup }, files };
}

/** @throws ControlError `bad-file` */
export async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'there is no such file' : (code ?? String(error));
    throw new ControlError('bad-file', `cannot read \`${path}\`: ${why}`, { cause: error });
  }
}

/**
 * The documents of a version as they were published.
 * @param version how its id begins; the last one published when undefined
 * @throws ControlError `unknown-policy` or `no-policy`
 */
export async function publishedDocuments(
  store: Pick<Repository, 'listPublications' | 'policyVersion'>,
  version: string | undefined,
): Promise<PolicyDocuments> {
  const ids = [...new Set((await store.listPublications()).map(({ policyVersion }) => policyVersion))];
  const [last] = ids;
  if (last === undefined) throw new ControlError('no-policy', 'no policy was published yet');
  const found = version === undefined ? [last] : ids.filter((id) => id.startsWith(version));
  const [id] = found;
  if (id === undefined || found.length > 1) {
    const why = id === undefined ? 'no published policy begins so' : `it can be ${found.join(' or ')}`;
    throw new ControlError('unknown-policy', `\`${version ?? ''}\`: ${why}: see \`hallpass policy list\``);
  }
  const stored = await store.policyVersion(id);
  if (stored === null) throw new ControlError('unknown-policy', `\`${id}\` is not stored any more`);
  return stored.documents;
}

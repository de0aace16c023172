/** Policy documents as files. */
import { readFile } from 'node:fs/promises';
import type { CompileTask } from './compiler.ts';
import { ControlError } from './errors.ts';
import type { PolicyDocuments } from '../policy/edition.ts';

export interface DocumentFiles {
  readonly policy: string;
  /** The adopted text first. */
  readonly aup: readonly string[];
}

/** @throws ControlError `bad-file` */
export async function readDocuments(
  files: DocumentFiles,
): Promise<{ readonly documents: PolicyDocuments; readonly files: CompileTask['files'] }> {
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

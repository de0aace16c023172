/**
 * A source of lists → snapshots, one for each category, and what became of every file. In the trees of squidGuard and
 * Redwood a folder is a category; e2guardian's lists are one for what is banned and one each for its other uses;
 * everything else is of the category that is asked for, or is called as the file is.
 */
import { e2Role } from '../../policy/lists/e2guardian-roles.ts';
import { importE2guardian } from './import-e2guardian.ts';
import { Importer } from './importer.ts';
import type { Imported, ImportOptions } from './importer.ts';
import { SourceReport } from './source.ts';
import type { ListSource } from './source.ts';

export type { Imported, ImportedFile, ImportedSnapshot, ImportOptions } from './importer.ts';

/** @throws SourceError where the source is damaged or too large; everything else is in the result. */
export async function importLists(source: ListSource, options: ImportOptions = {}): Promise<Imported> {
  const seen = new SourceReport(options.limits);
  const importer = new Importer(source, options, seen);
  if (
    options.format === 'e2guardian' ||
    (options.format === undefined && (await looksLikeE2guardian(source, options)))
  )
    await importE2guardian(source.files(seen), importer, seen);
  else for await (const file of source.files(seen)) await importer.take(file);
  return importer.result();
}

/** Its files draw each other in, so that all must be at hand. */
async function looksLikeE2guardian(source: ListSource, { limits }: ImportOptions): Promise<boolean> {
  for await (const { name } of source.files(new SourceReport(limits))) if (e2Role(name) !== null) return true;
  return false;
}

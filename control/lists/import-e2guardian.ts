/** The lists of e2guardian: read together, since they draw each other in. */
import { E2Reader } from '../../policy/lists/e2guardian.ts';
import { e2Role } from '../../policy/lists/e2guardian-roles.ts';
import type { E2Role } from '../../policy/lists/e2guardian-roles.ts';
import { categorySlug } from './category-names.ts';
import type { Importer } from './importer.ts';
import { wholeFile } from './source.ts';
import type { SourceFile, SourceReport } from './source.ts';

export async function importE2guardian(
  files: AsyncIterable<SourceFile>,
  importer: Importer,
  { limits, aliases }: SourceReport,
): Promise<void> {
  const contents = new Map<string, Buffer>();
  for await (const { name, chunks } of files) {
    const bytes = await wholeFile(chunks, limits.fileBytes);
    if (bytes === null) importer.refuse(name, 'it is too large');
    else contents.set(name, bytes);
  }
  const drawnIn = new Set<string>();
  const include = (path: string): Iterable<Uint8Array> | null => {
    const real = aliases.get(path) ?? path;
    const bytes = contents.get(real);
    if (bytes !== undefined) drawnIn.add(real);
    return bytes === undefined ? null : [bytes];
  };
  const alone = contents.size === 1;
  for (const name of contents.keys()) {
    const role = e2Role(name) ?? (alone ? ({ kind: 'site', role: 'banned' } as const) : null);
    if (role === null) continue;
    drawnIn.add(name);
    const category = categoryOf(role, importer.options.category);
    const { sink, report } = importer.open(name, 'e2guardian');
    const { source = null } = importer.options;
    const reader = new E2Reader(
      {
        file: name,
        category,
        source,
        kind: role.kind,
        include,
        ...(isPlace(role) ? { categoryOf: categorySlug } : {}),
      },
      sink,
      report,
    );
    reader.write(contents.get(name) ?? Buffer.alloc(0));
    reader.end();
    for (const [of, title] of reader.titles) if (of !== category) importer.info(of).title ??= title;
  }
  for (const name of contents.keys())
    if (!drawnIn.has(name)) importer.refuse(name, 'no list of places, and no list draws it in');
}

/** Only what closes places is called as its lists call it. */
const isPlace = ({ kind, role }: E2Role): boolean =>
  role === 'banned' && kind !== 'extension' && kind !== 'type';

/** Files and media types stand apart: a rule that opens places must not open every address that ends in `.txt`. */
function categoryOf({ kind, role }: E2Role, asked: string | undefined): string {
  const base = asked === undefined ? role : role === 'banned' ? asked : `${asked}.${role}`;
  return kind === 'extension' || kind === 'type' ? `${base}-files` : base;
}

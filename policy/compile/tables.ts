/**
 * Tables of the product: search engines, addresses inside addresses, services. They come along with the lists, under names
 * of their own, so that an edition names them by content and an old one has them still.
 */
import type { ListInput } from '../edition.ts';
import type { Problem } from '../errors.ts';
import { compileExtractors } from '../extract/compile.ts';
import { readServices } from '../services.ts';
import type { Tables } from './link.ts';

const prefix = 'table-';

/** Files under rules/, without their ending. */
export const tableNames = ['search-engines', 'inner-addresses', 'services'] as const;

/** The name of a table among the lists of an edition. */
export const tableList = (name: (typeof tableNames)[number]): string => `${prefix}${name}`;

export const isTable = (list: string): boolean => tableNames.some((name) => tableList(name) === list);

export type TablesResult =
  | { readonly ok: true; readonly tables: Tables }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** What an edition without a table says nothing about. */
export function readTables(lists: readonly ListInput[]): TablesResult {
  const textOf = (name: (typeof tableNames)[number]): string => {
    const list = lists.find((each) => each.name === tableList(name));
    if (list === undefined) return '';
    return 'text' in list ? list.text : Buffer.concat([...list.chunks()]).toString();
  };
  const named = (name: (typeof tableNames)[number]) => ({ name: `${name}.yaml`, text: textOf(name) });
  const extractors = compileExtractors(
    (['search-engines', 'inner-addresses'] as const).map(named).filter(({ text }) => text !== ''),
  );
  const table = named('services');
  const services =
    table.text === '' ? ({ ok: true, services: [] } as const) : readServices(table.text, table.name);
  if (!extractors.ok || !services.ok)
    return {
      ok: false,
      problems: [...(extractors.ok ? [] : extractors.problems), ...(services.ok ? [] : services.problems)],
    };
  return {
    ok: true,
    tables: { services: services.services, extractors: extractors.extractors.source },
  };
}

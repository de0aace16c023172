/** Tables of the product, which are part of every edition beside the district's lists (policy/compile/tables.ts). */
import { readFile } from 'node:fs/promises';
import type { ListText } from '../policy/edition.ts';
import { isTable, tableList, tableNames } from '../policy/compile/tables.ts';
import type { LastLists, ListsRead } from './lists.ts';

const rules = new URL('../rules/', import.meta.url);

/** Those that this Hallpass comes with. */
export function readTables(): Promise<ListText[]> {
  return Promise.all(
    tableNames.map(async (name) => ({
      name: tableList(name),
      text: await readFile(new URL(`${name}.yaml`, rules), 'utf8'),
    })),
  );
}

interface Lists {
  read(last?: LastLists): Promise<ListsRead>;
}

/** Lists and the tables. Of the last edition only lists are gone back to: a new Hallpass has new tables. */
export function withTables(lists: Lists): Lists {
  return {
    read: async (last) => {
      const names = last?.names.filter((name) => !isTable(name));
      const [read, tables] = await Promise.all([
        lists.read(last === undefined || names === undefined ? undefined : { ...last, names }),
        readTables(),
      ]);
      const own = read.lists.filter(({ name }) => !isTable(name));
      const faults = read.lists
        .filter(({ name }) => isTable(name))
        .map(({ name }) => ({
          path: `${name}.list`,
          reason: 'a table of Hallpass has this name',
          kept: false,
        }));
      const all = [...own, ...tables].sort((a, b) => (a.name < b.name ? -1 : 1));
      return { lists: all, faults: [...read.faults, ...faults] };
    },
  };
}

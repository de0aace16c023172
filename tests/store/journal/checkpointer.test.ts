import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { queryBlocks } from '../../../store/blocks.ts';
import { Checkpointer } from '../../../store/journal/checkpointer.ts';
import { Journal, checkpointAt } from '../../../store/journal/journal.ts';
import { findDamage } from '../../../store/sqlite.ts';
import { freshFolder } from '../folder.ts';
import { person, record } from '../samples.ts';

const fresh = freshFolder();
const page = 4_096 + 24;
const open: (() => void)[] = [];
afterEach(() => open.splice(0).forEach((close) => close()));

function started(entry?: URL) {
  const path = join(fresh(), 'journal.db');
  const journal = Journal.open(path, { lockTimeout: 0 }, 0);
  const failures: string[] = [];
  const checkpointer = new Checkpointer({
    path,
    idleJournal: () => journal,
    onFailure: (detail) => failures.push(detail),
    ...(entry === undefined ? {} : { entry }),
  });
  checkpointer.start();
  let closed = false;
  const close = () => {
    if (closed) return;
    closed = true;
    checkpointer.stop();
    journal.close();
  };
  open.push(close);
  return { path, journal, failures, close };
}

let number = 0;

/** One commit of ten records. */
function commit(journal: Journal): void {
  const at = (number += 1) * 100_000;
  journal.append(Array.from({ length: 10 }, (_, n) => record({ at: at + n, person: person(at + n) })));
}

/** Commits until it is so; a failing test ends by its time limit. */
async function commitUntil(journal: Journal, fits: () => boolean): Promise<void> {
  while (!fits()) {
    commit(journal);
    await turn();
  }
}

const child = (name: string) => new URL(`../children/${name}`, import.meta.url);

describe('the checkpointer', () => {
  it('moves the WAL while records go on arriving, and lets it begin anew', async () => {
    const { path, journal, failures } = started();
    let [longest, anew, before] = [0, 0, 0];
    await commitUntil(journal, () => {
      const { pages } = journal.logState();
      if (pages < before) anew += 1;
      before = pages;
      longest = Math.max(longest, pages);
      return anew === 3;
    });
    expect(longest).toBeLessThanOrEqual(checkpointAt + 200);
    expect(statSync(`${path}-wal`).size).toBeLessThan((checkpointAt + 200) * page);
    expect(failures).toEqual([]);
    expect(findDamage(journal.database)).toBe(null);
  });

  it('moves without the writer', async () => {
    const { journal } = started();
    while (journal.logState().pages < 600) commit(journal);
    expect(journal.logState().moved).toBe(0);
    while (journal.logState().moved === 0) await turn();
    expect(journal.logState().moved).toBeGreaterThanOrEqual(600);
  });

  it('is not what bounds the WAL: without a worker the commits do, and the log says it once', async () => {
    const { path, journal, failures } = started(child('no-checkpoint.entry.ts'));
    let before = 0;
    await commitUntil(journal, () => {
      const { pages } = journal.logState();
      const anew = pages < before;
      before = pages;
      return anew && failures.length > 0;
    });
    expect(statSync(`${path}-wal`).size).toBeLessThan((checkpointAt + 200) * page);
    expect(failures).toEqual(['no checkpoint today']);
  });

  it('starts its worker again when that has failed', async () => {
    const { journal, failures } = started(child('late-checkpoint.entry.ts'));
    while (journal.logState().pages < 600) commit(journal);
    while (journal.logState().moved === 0) await turn();
    expect(failures).toEqual(['the first life ends']);
  });

  it('leaves neither WAL nor connection when it is stopped at work', async () => {
    const { path, journal, close } = started();
    await commitUntil(journal, () => journal.logState().moved > 0);
    const count = [...queryBlocks(journal.database)].length;
    close();
    expect(existsSync(`${path}-wal`)).toBe(false);
    const again = Journal.open(path, { lockTimeout: 0 }, 0);
    expect([...queryBlocks(again.database)]).toHaveLength(count);
    again.close();
  });
});

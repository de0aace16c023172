import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { openJournalReader, queryBlocks } from '../../store/blocks.ts';
import { options } from '../../store/options.ts';
import { startRecordThread } from '../../store/record-thread.ts';
import { openWriter } from '../../store/sqlite.ts';
import { freshFolder } from './folder.ts';
import { record } from './samples.ts';

const fresh = freshFolder();
const day = 86_400_000;
const now = Date.UTC(2026, 8, 1, 9);

function started(path: string, at = now) {
  const said: string[] = [];
  const fields: object[] = [];
  const say = (what: object, message: string) => {
    fields.push(what);
    said.push(message);
  };
  const log = { info: say, error: say };
  const thread = startRecordThread({ path, options: options.parse({ lockTimeout: 0 }), log, now: () => at });
  const heard = async (message: string) => {
    while (!said.includes(message)) await turn();
  };
  return { thread, heard, said, fields };
}

function idsIn(path: string): string[] {
  const reader = openJournalReader(path);
  const ids = [...queryBlocks(reader)].map(({ id }) => id);
  reader.close();
  return ids;
}

describe('the record thread', () => {
  it('records, and purges what is past retention by itself', async () => {
    const path = join(fresh(), 'journal.db');
    const [gone, kept] = [record({ at: now - 91 * day }), record({ at: now - 89 * day })];
    const { thread } = started(path);
    for (const one of [gone, kept])
      expect(await thread.api.append(one)).toEqual({ kind: 'recorded', id: one.id });
    thread.close();
    const again = started(path);
    await again.heard('records past retention purged');
    again.thread.close();
    expect(idsIn(path)).toEqual([kept.id]);
  });

  it('does not purge by a clock that has jumped since the last stop', async () => {
    const path = join(fresh(), 'journal.db');
    const one = record({ at: now });
    const before = started(path);
    await before.thread.api.append(one);
    before.thread.close();
    const after = started(path, now + 4_000 * day);
    await after.thread.api.append(record({ at: now + 4_000 * day }));
    for (let n = 0; n < 1_000; n += 1) await turn();
    after.thread.close();
    expect(idsIn(path)[0]).toBe(one.id);
    const restarted = started(path, now + 4_000 * day);
    for (let n = 0; n < 1_000; n += 1) await turn();
    restarted.thread.close();
    expect(idsIn(path)[0], 'nor after another restart').toBe(one.id);
  });

  it('says in the log when it cannot record, and when it can again', async () => {
    const path = join(fresh(), 'journal.db');
    const { thread, heard } = started(path);
    const other = openWriter(path, { lockTimeout: 0 });
    other.exec('BEGIN IMMEDIATE');
    expect(await thread.api.append(record())).toEqual({ kind: 'unavailable' });
    await heard('blocks are not recorded');
    expect(thread.health()).toMatchObject({ ok: false, reason: 'locked' });
    other.close();
    await heard('blocks are recorded again');
    expect(thread.health()).toMatchObject({ ok: true, dropped: 0 });
    thread.close();
    expect(idsIn(path)).toHaveLength(1);
  });

  it('starts on a journal that is damaged, and says which file, what is wrong and how to mend it', () => {
    const path = join(fresh(), 'journal.db');
    writeFileSync(path, 'an essay that was saved under the wrong name. '.repeat(200));
    const { thread, said, fields } = started(path);
    expect([thread.health().reason, said]).toEqual(['damaged', ['blocks are not recorded']]);
    const why = expect.stringMatching(/journal\.db`: it is damaged \(.*\): stop Hallpass and keep/) as string;
    expect(fields).toEqual([expect.objectContaining({ why })]);
    thread.close();
  });

  it('notices by itself that its file is taken away, and begins another', async () => {
    const path = join(fresh(), 'journal.db');
    const { thread, heard, fields } = started(path);
    await thread.api.append(record());
    rmSync(path);
    await heard('blocks are not recorded');
    expect(fields[0]).toMatchObject({ reason: 'replaced', detail: 'it is not there any more' });
    await heard('blocks are recorded again');
    const one = record();
    expect(await thread.api.append(one)).toEqual({ kind: 'recorded', id: one.id });
    thread.close();
    expect(idsIn(path)).toEqual([one.id]);
  });
});

/** What leaves for a terminal: nothing of it steers the terminal, whichever command says it. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { harmless, outputTo } from '../../cli/output.ts';
import { Journal } from '../../store/journal/journal.ts';
import { Repository } from '../../store/repository/repository.ts';
import { record } from '../store/samples.ts';
import { hallpass } from './hallpass.ts';

vi.setConfig({ testTimeout: 120_000 });

const evil = 'a\u001b[2Jb\u009b31mc\u202ed\u2066e\u0085f\u007fg\u200fh\rj\u2028';
// eslint-disable-next-line no-control-regex -- that is what is looked for
const steering = /[\0-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\p{Bidi_Control}]/u;

describe('what is harmless', () => {
  test('is written as in JSON, and JSON keeps its value', () => {
    expect(harmless('a\u001b[2Jb\u009bc\u202ed\re')).toBe('a\\u001b[2Jb\\u009bc\\u202ed\\u000de');
    const json = harmless(JSON.stringify({ evil }));
    expect(json).not.toMatch(steering);
    expect(JSON.parse(json)).toEqual({ evil });
  });

  test('lines, tables and every language stay as they are', () => {
    const text = 'a\tb\r\nc – «ü» 名前 عربي 👩‍👧\n';
    expect(harmless(text)).toBe(text);
  });
});

test.each([
  [false, evil],
  [true, harmless(evil)],
])('a document goes out as it is, but to a terminal (%j)', async (isTTY, wanted) => {
  const written: string[] = [];
  const stream = new Writable({
    decodeStrings: false,
    write: (text: string, _encoding, done) => {
      written.push(text);
      done();
    },
  });
  const output = outputTo(Object.assign(stream, { isTTY }));
  await output.exact(evil);
  await output.write(evil);
  expect(written).toEqual([wanted, harmless(evil)]);
});

test('a slow reader is waited for, and nothing piles up on the stream', async () => {
  const stream = new Writable({
    highWaterMark: 1,
    write: (_text, _encoding, done) => void setImmediate(done),
  });
  const output = outputTo(stream);
  const before = stream.listenerCount('error');
  for (let i = 0; i < 20; i++) expect(await output.write('text')).toBe(true);
  expect([stream.listenerCount('error') - before, stream.listenerCount('close')]).toEqual([0, 0]);
});

test('no command has another way out', async () => {
  const folder = fileURLToPath(new URL('../../cli', import.meta.url));
  const files = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.ts'));
  const others: string[] = [];
  for (const file of files) {
    const text = await readFile(join(folder, file), 'utf8');
    if (/process\.std(?:out|err)\.write|console\./.test(text)) others.push(file);
  }
  expect(others).toEqual(['output.ts']);
});

describe('a command', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hallpass-output-'));
    const data = join(folder, 'data');
    const journal = Journal.open(join(data, 'journal.db'), { lockTimeout: 1_000 }, Date.now());
    journal.append([record({ at: Date.now(), person: { key: 'k', login: evil, name: evil } })]);
    journal.close();
    const repository = Repository.open(join(data, 'hallpass.db'));
    const detail = { reason: evil };
    await repository.recordAct({ at: 1, actor: null, login: evil, action: 'a', subject: evil, detail });
    await repository.close();
    await writeFile(join(folder, 'hallpass.yaml'), `data: ${data}\n"${evil}": 1\n`);
    await writeFile(join(folder, 'policy.yaml'), `hallpass: 1\n"${evil.replace(/[\r\u2028]/g, '')}": 1\n`);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test.each<[readonly string[]]>([
    [['audit', 'list', '--data', 'data']],
    [['audit', 'list', '--data', 'data', '--json']],
    [['blocks', '--data', 'data']],
    [['blocks', '--data', 'data', '--json']],
    [['doctor', '--config', 'hallpass.yaml']],
    [['doctor', '--config', 'hallpass.yaml', '--json']],
    [['policy', 'validate', 'policy.yaml', '--data', 'data']],
    [['policy', 'lint', 'policy.yaml', '--data', 'data']],
    [['check', `http://${evil}/`, '--data', 'data']],
    [['lists', 'search', evil, '--data', 'data']],
    [[evil]],
  ])('%j sends nothing that steers', async (args) => {
    const { stdout, stderr } = await hallpass(args, { cwd: folder });
    expect(stdout + stderr).not.toBe('');
    expect(stdout + stderr).not.toMatch(steering);
  });
});

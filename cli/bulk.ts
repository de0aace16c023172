/** `hallpass check --file`: lines of questions in, lines of answers out, no more of either in memory than a batch. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import process from 'node:process';
import { answersOf } from '../control/bulk.ts';
import type { Answers, Bulk } from '../control/bulk.ts';
import { CliError } from './errors.ts';
import type { Output } from './output.ts';
import { textOf } from './server.ts';
import type { Server } from './server.ts';

/** Answers some lines, of which the first has this number. */
export type Answering = (lines: readonly string[], first: number) => Promise<Answers>;

const chunkBytes = 256 * 1024;
/** So that neither the server nor its other callers wait long for one batch. */
const mostLinesAtServer = 500;

/** @returns whether every line was answered @throws CliError `bad-file` */
export async function answerAll(file: string, answer: Answering, output: Output): Promise<boolean> {
  let failed = 0;
  let number = 1;
  for await (const lines of batchesOf(await openLines(file))) {
    const answers = await answer(lines, number);
    number += lines.length;
    failed += answers.failed;
    // Ids of rules and clauses are harmless; what is said of a line that failed names what stood there.
    const written = answers.failed > 0 ? output.write(answers.text) : output.exact(answers.text);
    if (!(await written)) break;
  }
  return failed === 0;
}

async function openLines(file: string): Promise<AsyncIterable<string>> {
  if (file === '-') return process.stdin.setEncoding('utf8');
  try {
    if (!(await stat(file)).isFile()) throw new Error('not a file');
  } catch (error) {
    throw new CliError('bad-file', `cannot read \`${file}\`: ${(error as Error).message}`, { cause: error });
  }
  return createReadStream(file, { encoding: 'utf8', highWaterMark: chunkBytes });
}

/** Whole lines, as many as a chunk ends. A line without end is cut where it is too long for any answer. */
async function* batchesOf(chunks: AsyncIterable<string>): AsyncGenerator<readonly string[], void, undefined> {
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + chunk).split('\n');
    rest = (lines.pop() ?? '').slice(0, chunkBytes);
    if (lines.length > 0) yield lines;
  }
  if (rest !== '') yield [rest];
}

/** By an image in this process: nothing is waited for but a directory. */
export const inProcess =
  (bulk: Bulk): Answering =>
  (lines, first) =>
    answersOf(bulk, lines, first);

export function atServer(server: Server): Answering {
  const at = Date.now();
  return async (lines, first) => {
    let text = '';
    let failed = 0;
    for (let i = 0; i < lines.length; i += mostLinesAtServer) {
      const some = lines.slice(i, i + mostLinesAtServer);
      const response = await server.post('/check/bulk', { lines: some, first: first + i, at });
      const answers = JSON.parse(await textOf(response)) as Answers;
      text += answers.text;
      failed += answers.failed;
    }
    return { text, failed };
  };
}

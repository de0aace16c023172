/** Records decided again, as lines of JSON: for the command line, from the running server or from the store itself. */
import type { Retrace } from '../admin-ui/server/answers.ts';
import type { Block } from '../store/blocks.ts';
import type { Retracer } from './retrace.ts';

/** One record, and what became of it. */
export interface Replay {
  readonly id: string;
  readonly at: string;
  readonly url: string;
  readonly edition: string;
  /** As recorded. */
  readonly action: string;
  readonly rule: string;
  readonly clause: string | null;
  readonly again: Retrace;
}

/** @param blocks lines of JSON, or several in one text */
export async function* replays(
  retracer: Pick<Retracer, 'retrace'>,
  blocks: AsyncIterable<string> | Iterable<string>,
  traced: boolean,
): AsyncGenerator<string, void, undefined> {
  for await (const lines of blocks) {
    let out = '';
    for (const line of lines.split('\n')) {
      if (line === '') continue;
      const block = JSON.parse(line) as Block;
      const { id, at, url, edition, action, rule, clause } = block;
      const again = await retracer.retrace(block, traced);
      out += `${JSON.stringify({ id, at, url, edition, action, rule, clause, again } satisfies Replay)}\n`;
    }
    if (out !== '') yield out;
  }
}

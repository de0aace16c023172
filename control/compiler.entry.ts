/** Entry of the compiler thread: compiles one edition, hands over the image, and ends. */
import { parentPort, workerData } from 'node:worker_threads';
import { compileEdition } from '../policy/compile/edition.ts';
import type { ListText } from '../policy/edition.ts';
import { readSnapshotFile } from '../store/lists/snapshots.ts';
import type { Compiled, CompileTask, ListInput } from './compiler.ts';

parentPort?.postMessage(compile(workerData as CompileTask));

function compile({ documents, lists, files }: CompileTask): Compiled {
  const result = compileEdition(documents, lists.map(textOf), files);
  if (!result.ok) return result;
  const { image, id, warnings } = result;
  return { ok: true, image, id, warnings };
}

/** Held against its digest. A byte order mark stays, or the digest would be another. */
function textOf(list: ListInput): ListText {
  if ('text' in list) return list;
  const { name, digest, path } = list;
  return { name, text: new TextDecoder('utf-8', { ignoreBOM: true }).decode(readSnapshotFile(path, digest)) };
}

/** Entry of the compiler thread: opens the image of one edition or compiles it, hands it over, keeps it, and ends. */
import { parentPort, workerData } from 'node:worker_threads';
import { editionId } from '../policy/compile/digest.ts';
import { compileEdition } from '../policy/compile/edition.ts';
import type { ListInput as CompilerInput } from '../policy/edition.ts';
import { keepImage, readStoredImage } from '../store/images.ts';
import { readSnapshotFile } from '../store/lists/snapshots.ts';
import type { Compiled, CompilerData, CompilerMessage, CompileTask, ListInput } from './compiler.ts';

/** Of a list, in one go. */
const piece = 1024 * 1024;

const tell = (message: CompilerMessage): void => parentPort?.postMessage(message);
const { task, folder } = workerData as CompilerData;
run(task, folder);

function run({ documents, files, lists, draft = false }: CompileTask, folder: string | null): void {
  const inputs = lists.map(inputOf);
  const id = editionId(documents, inputs);
  const stored = folder === null ? null : storedIn(folder, id.edition);
  if (stored !== null) return tell({ compiled: { ok: true, id, ...stored, reopened: true } });
  const result = compileEdition(documents, inputs, files);
  const compiled: Compiled = result.ok
    ? { ok: true, id: result.id, image: result.image, warnings: result.warnings, reopened: false }
    : result;
  tell({ compiled });
  // Nobody waits for the disk.
  if (compiled.ok && folder !== null && !draft) keep(folder, compiled);
}

/** What cannot be opened is compiled anew, and written over. */
function storedIn(folder: string, edition: string) {
  try {
    return readStoredImage(folder, edition);
  } catch (error) {
    tell({ fault: { edition, what: 'not opened', reason: (error as Error).message } });
    return null;
  }
}

function keep(folder: string, compiled: Compiled & { ok: true }): void {
  const { edition } = compiled.id;
  try {
    keepImage(folder, edition, compiled);
  } catch (error) {
    tell({ fault: { edition, what: 'not kept', reason: (error as Error).message } });
  }
}

/** The text of a file is in memory while it is read, as bytes, and held against its digest. */
function inputOf(list: ListInput): CompilerInput {
  if ('text' in list) return list;
  const { name, digest, path } = list;
  return {
    name,
    digest,
    *chunks() {
      const text = readSnapshotFile(path, digest);
      for (let at = 0; at < text.length; at += piece) yield text.subarray(at, at + piece);
    },
  };
}

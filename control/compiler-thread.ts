/** Entry of the compiler thread: compiles one edition, hands over the image, and ends. */
import { parentPort, workerData } from 'node:worker_threads';
import { compileEdition } from '../policy/compile/edition.ts';
import type { Compiled, CompileTask } from './compiler.ts';

parentPort?.postMessage(compile(workerData as CompileTask));

function compile(task: CompileTask): Compiled {
  const result = compileEdition(task);
  if (!result.ok) return { ok: false, problems: result.problems };
  const { image, id, warnings } = result;
  return { ok: true, image: shared(image), id, warnings };
}

/** All proxy threads read the one copy. */
function shared(image: Uint8Array): SharedArrayBuffer {
  if (image.buffer instanceof SharedArrayBuffer && image.byteLength === image.buffer.byteLength) {
    return image.buffer;
  }
  const buffer = new SharedArrayBuffer(image.byteLength);
  new Uint8Array(buffer).set(image);
  return buffer;
}

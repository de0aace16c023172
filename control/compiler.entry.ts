/** Entry of the compiler thread: compiles one edition, hands over the image, and ends. */
import { parentPort, workerData } from 'node:worker_threads';
import { compileEdition } from '../policy/compile/edition.ts';
import type { Compiled, CompileTask } from './compiler.ts';

parentPort?.postMessage(compile(workerData as CompileTask));

function compile({ documents, lists, files }: CompileTask): Compiled {
  const result = compileEdition(documents, lists, files);
  if (!result.ok) return result;
  const { image, id, warnings } = result;
  return { ok: true, image, id, warnings };
}

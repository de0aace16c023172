/**
 * Every worker thread begins here, because one that reads TypeScript could end the whole process. Node takes the types out
 * of a `.ts` file with WebAssembly (amaro), in every thread anew; after 1,000 calls V8 compiles a wrapper for calls from
 * WebAssembly to JavaScript, keeps it for all threads, and frees it twice when threads come and go
 * (`TierUpWasmToJSWrapper`, V8 13.6). So such wrappers are not compiled: docs/decisions.md has the measurements.
 */
import { setFlagsFromString } from 'node:v8';
import { isMainThread, Worker } from 'node:worker_threads';
import type { WorkerOptions } from 'node:worker_threads';

/** One flag for the process, read when a module is instantiated: it has to stand before the first worker does. */
if (isMainThread) setFlagsFromString('--wasm-wrapper-tiering-budget=2147483647');

/** @param entry of Hallpass's own: a `.ts` file */
export const startWorker = (entry: URL, options: WorkerOptions = {}): Worker => new Worker(entry, options);

/** Entry of the query thread: reports and exports run here, where neither a block page nor a sign-in waits for them. */
import { workerData } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { connect } from '../threads/rpc.ts';
import { Queries } from './queries.ts';

const { journal, port } = workerData as { readonly journal: string; readonly port: MessagePort };
connect<Record<string, never>>(port, new Queries(journal));

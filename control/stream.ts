import { once } from 'node:events';
import type { ServerResponse } from 'node:http';

/** Sends batches of JSON lines, each read when the one before it was taken; stops reading when the reader leaves. */
export async function streamLines(response: ServerResponse, batches: AsyncIterable<string>): Promise<void> {
  response.setHeader('content-type', 'application/x-ndjson');
  // Whoever waits for the first line knows that it is being looked for.
  response.flushHeaders();
  const left = new Promise((resolve) => response.once('close', resolve));
  for await (const lines of batches) {
    if (response.destroyed) return;
    if (!response.write(lines)) await Promise.race([once(response, 'drain'), left]);
  }
  response.end();
}

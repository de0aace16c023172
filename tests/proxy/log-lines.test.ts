/** What clients can cause by the request must not fill the log: over real sockets. */
import { afterEach, describe, expect, it } from 'vitest';
import { RawClient, roundTrip, startHarness } from './harness.ts';
import type { Harness } from './harness.ts';

let harness: Harness;
afterEach(() => harness.close());

interface Line {
  readonly id?: string;
  readonly msg: string;
  readonly kind?: string;
  readonly leftOut?: number;
}
const lines = (msg: string): readonly Line[] =>
  harness.log.map((text) => JSON.parse(text) as Line).filter((line) => line.msg === msg);

/** Lines of a kind that were written or counted, once the count has been told. */
async function accounted(msg: string, kind: string, requests: number): Promise<void> {
  const sum = (): number => {
    const counts = lines('lines of the log were left out').filter((line) => line.kind === kind);
    return lines(msg).length + counts.reduce((all, { leftOut = 0 }) => all + leftOut, 0);
  };
  await expect.poll(sum, { timeout: 10_000 }).toBe(requests);
}

/** Seconds that have begun: so many lines of a kind there may be, however slow the machine. */
const secondsSince = (began: number): number => Math.ceil((performance.now() - began) / 1_000);

/** The references that pages show. */
const references = (pages: readonly string[]): readonly string[] =>
  pages.flatMap((page) => /[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f-]{21}/.exec(page) ?? []);

async function flood(requests: number, request: string): Promise<readonly string[]> {
  const pages: string[] = [];
  for (let i = 0; i < requests; i++) pages.push(await roundTrip(harness.port, request));
  return pages;
}

describe('a flood', () => {
  it('of malformed requests is a line a second and a count; a page names a reference that is in the log', async () => {
    harness = await startHarness();
    const began = performance.now();
    const pages = await flood(50, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(pages.every((page) => page.startsWith('HTTP/1.1 400 '))).toBe(true);
    const written = lines('refused a request');
    expect(written.length).toBeLessThanOrEqual(secondsSince(began));
    expect(references(pages)).toEqual(written.map(({ id }) => id));
    await accounted('refused a request', 'refusal', 50);
  });

  it('of clients from elsewhere is a line a second and a count', async () => {
    harness = await startHarness({ proxy: { clients: ['10.0.0.0/8'] } });
    const began = performance.now();
    for (let i = 0; i < 50; i++) {
      const client = new RawClient(harness.port);
      await client.untilEnd();
      client.close();
    }
    const message = 'refused a client outside `proxy.clients`';
    expect(lines(message).length).toBeLessThanOrEqual(secondsSince(began));
    await accounted(message, 'client-not-admitted', 50);
  });

  it('of requests that end with an error page is twenty lines a second of each code', async () => {
    harness = await startHarness();
    const fields = 'Host: ok.test\r\nAccept: text/html\r\nConnection: close\r\n';
    const request = `GET http://ok.test:25/ HTTP/1.1\r\n${fields}\r\n`;
    const pages = await Promise.all(Array.from({ length: 100 }, () => roundTrip(harness.port, request)));
    expect(pages.every((page) => page.startsWith('HTTP/1.1 403 '))).toBe(true);
    const written = lines('answered with an error');
    expect(written.length).toBeGreaterThanOrEqual(20);
    expect([...references(pages)].sort()).toEqual(written.map(({ id }) => id).sort());
    await accounted('answered with an error', 'port-refused', 100);
  });
});

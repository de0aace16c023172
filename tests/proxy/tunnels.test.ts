import { describe, expect, it } from 'vitest';
import { TunnelRegistry } from '../../proxy/tunnels.ts';
import type { OpenTunnel } from '../../proxy/tunnels.ts';
import { openImage } from '../../policy/compile/image.ts';
import { tunnelFacts } from '../../policy/facts.ts';
import { compile, policy } from './harness.ts';

const image = openImage(compile(policy));
const now = Date.UTC(2026, 9, 14);

class Tunnel implements OpenTunnel {
  readonly facts: OpenTunnel['facts'];
  readonly subject = { ip: '127.0.0.1', identity: 'unidentified' as const };
  readonly deadline = Infinity;
  readonly #closed: () => void;

  constructor(host: string, closed: (tunnel: Tunnel) => void) {
    const facts = tunnelFacts(host, 443, 'unobtainable');
    if (!facts.ok) throw new Error(host);
    this.facts = facts.facts;
    this.#closed = () => closed(this);
  }

  close(): void {
    this.#closed();
  }
}

/** Every second one is to a host that is closed. */
function registryOf(count: number): TunnelRegistry {
  const registry = new TunnelRegistry();
  for (let i = 0; i < count; i++)
    registry.add(
      new Tunnel(i % 2 === 0 ? 'blocked.test' : `site-${i}.test`, (tunnel) => registry.delete(tunnel)),
    );
  return registry;
}

describe('deciding open tunnels again', () => {
  it('closes those that are not allowed any more', async () => {
    const registry = registryOf(20);
    await registry.redecide(
      image,
      () => [],
      now,
      null,
      () => undefined,
    );
    expect(registry.size).toBe(10);
  });

  it('lets others have their turn between slices of many, and leaves none out', async () => {
    const registry = registryOf(60_000);
    let recorded = 0;
    const decided = registry.redecide(
      image,
      () => [],
      now,
      null,
      () => void recorded++,
    );
    const left = registry.size;
    expect(left, 'a slice is not all of them').toBeGreaterThan(30_000);
    let turns = 0;
    let done = false;
    void decided.then(() => (done = true));
    while (!done) {
      turns++;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(turns).toBeGreaterThan(3);
    expect([registry.size, recorded]).toEqual([30_000, 30_000]);
  });

  it('leaves the rest to whoever decides by something newer', async () => {
    const registry = registryOf(60_000);
    await registry.redecide(
      image,
      () => [],
      now,
      null,
      () => undefined,
      () => false,
    );
    expect(registry.size).toBeGreaterThan(30_000);
  });
});

/** Where an allowed exchange leaves HTTP and becomes a tunnel, after CONNECT or an upgrade. */
import type { Socket } from 'node:net';
import type { AllowedExchange } from './allowed.ts';
import { passFirstBytes, Tunnel } from './tunnel.ts';

/**
 * @param head what the client is told
 * @param origin connected; closed when the tunnel may not be opened any more
 * @param early first bytes of the origin's
 */
export function openTunnel(
  exchange: AllowedExchange,
  head: string,
  origin: Socket,
  early: Buffer | null,
): void {
  const { downstream, plane } = exchange;
  downstream.onGone = null;
  origin.on('error', () => undefined);
  if (!exchange.stillAllowed()) {
    origin.destroy();
    return;
  }
  new Tunnel(downstream.takeOver(head), origin, early, {
    facts: exchange.facts,
    subject: exchange.subject,
    registry: plane.tunnels,
    clock: plane.clock,
    idleTimeout: plane.settings.tunnelIdleTimeout,
    firstBytes: passFirstBytes,
  });
}

/** CONNECT: a tunnel to an allowed host and port (RFC 9110 §9.3.6). */
import type { AllowedExchange } from './allowed.ts';
import { passFirstBytes, Tunnel } from './tunnel.ts';

const established = 'HTTP/1.1 200 Connection established\r\n\r\n';

/** Dials first and says 200 after: what the client hears is what happened. */
export function openTunnel(exchange: AllowedExchange): void {
  const { downstream, facts, subject, plane } = exchange;
  if (!plane.settings.connectPorts.has(facts.port))
    return exchange.fail('port-refused', `port ${facts.port}`);
  const cancel = plane.upstream.connect(facts, true, (result) => {
    downstream.onGone = null;
    if ('failure' in result) return exchange.originFailed(result.failure, result.detail);
    new Tunnel(downstream.takeOver(established), result.socket, null, {
      facts,
      subject,
      registry: plane.tunnels,
      clock: plane.clock,
      idleTimeout: plane.settings.tunnelIdleTimeout,
      firstBytes: passFirstBytes,
    });
  });
  downstream.onGone = cancel;
}

/** CONNECT: a tunnel to an allowed host and port (RFC 9110 §9.3.6). */
import type { AllowedExchange } from './allowed.ts';
import { openTunnel } from './open-tunnel.ts';

const established = 'HTTP/1.1 200 Connection established\r\n\r\n';

/** Dials first and says 200 after: what the client hears is what happened. */
export function connect(exchange: AllowedExchange): void {
  const { downstream, facts, plane } = exchange;
  if (!plane.settings.connectPorts.has(facts.port))
    return exchange.fail('port-refused', `port ${facts.port}`);
  downstream.onGone = plane.upstream.connect(facts, exchange, (result) => {
    try {
      downstream.onGone = null;
      if ('failure' in result) exchange.originFailed(result.failure, result.detail);
      else openTunnel(exchange, established, result.socket, result.early);
    } catch (error) {
      exchange.defect(error);
    }
  });
}

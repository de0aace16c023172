/** An allowed request to its origin and the response back; or, where both agree, a switch of protocols. */
import type { Socket } from 'node:net';
import type { AllowedExchange } from './allowed.ts';
import { openTunnel } from './open-tunnel.ts';
import type { BodySource } from './wire/body.ts';
import { maySignInConnection } from './wire/connection-sign-in.ts';
import { listHas } from './wire/fields.ts';
import { requestHeadText, switchingHeadText } from './wire/head-writer.ts';
import type { RequestHead, ResponseHead } from './wire/head.ts';
import { forwardsLeft } from './wire/max-forwards.ts';
import type { Target } from './wire/target.ts';
import { originForm } from './wire/target.ts';

type AbsoluteTarget = Target & { readonly form: 'absolute' };

export function forward(exchange: AllowedExchange, target: AbsoluteTarget): void {
  const { downstream, facts, plane } = exchange;
  if (plane.settings.refusedPorts.has(facts.port)) return exchange.fail('port-refused', `port ${facts.port}`);
  const { body } = downstream;
  // The last one whom it may reach answers it.
  if (forwardsLeft(downstream.head) === 0) return downstream.respondWith(plane.answers.capabilities());
  const { head, target: leaving } = exchange.obliged(originForm(target, downstream.head.method));
  const upgrade = upgradeOf(head, body);
  const route = plane.upstream.routeTo(facts);
  const authority = authorityOf(facts.host, facts.port);
  const text = requestHeadText(head, {
    authority,
    target: route.targetOf(authority, leaving),
    fields: route.fields,
    length: body.length,
    via: plane.settings.via,
    upgrade,
  });
  const request = {
    route,
    method: head.method,
    head: text,
    body,
    upgrade: upgrade !== undefined,
    personal: maySignInConnection(head),
  };
  const guarded = (handle: () => void): void => {
    try {
      handle();
    } catch (error) {
      exchange.defect(error);
    }
  };
  downstream.onGone = plane.upstream.request(facts, exchange, request, {
    pins: downstream.pins,
    // Two people may take turns on one connection, also where nobody is asked who they are.
    holder: () => plane.signIns.hash(head.fields.get('proxy-authorization') ?? ''),
    interim: (interim) => guarded(() => downstream.interim(interim)),
    response: (response, responseBody) =>
      guarded(() => {
        downstream.onGone = null;
        exchange.answered(response, responseBody);
      }),
    switched: (response, socket, early) => guarded(() => switchProtocols(exchange, response, socket, early)),
    failed: (failure, detail) =>
      guarded(() => {
        downstream.onGone = null;
        exchange.originFailed(failure, detail);
      }),
  });
}

/** `Host` of the canonical target (RFC 9110 §7.2). */
function authorityOf(host: string, port: number): string {
  const bracketed = host.includes(':') ? `[${host}]` : host;
  return port === 80 ? bracketed : `${bracketed}:${port}`;
}

/** The one protocol that is switched to here; any other offer is left out, which a server may always do. */
export function upgradeOf(head: RequestHead, body: BodySource): string | undefined {
  if (head.method !== 'GET' || head.version === 10 || body.length !== 0) return undefined;
  if (!listHas(head.fields.list('connection'), 'upgrade')) return undefined;
  return head.fields.list('upgrade')?.toLowerCase() === 'websocket' ? 'websocket' : undefined;
}

function switchProtocols(
  exchange: AllowedExchange,
  response: ResponseHead,
  socket: Socket,
  early: Buffer | null,
): void {
  const protocol = response.fields.list('upgrade')?.toLowerCase();
  if (protocol === 'websocket') {
    openTunnel(exchange, switchingHeadText(response, protocol), socket, early);
    return;
  }
  // Something else than what was asked for (RFC 9110 §7.8).
  socket.destroy();
  exchange.originFailed('unasked-101', null);
}

/**
 * The switches for when it burns. That one is on everybody here may see: it explains what they see. Who set it and why only those
 * who could: a reason may name a child.
 */
import { Router } from 'express';
import type { Request } from 'express';
import type { z } from 'zod';
import type { EmergencyRow } from '../../../store/repository/emergencies.ts';
import type { emergency as emergencySchema } from '../../api/emergency.ts';
import { routes } from '../../api/routes.ts';
import { actorOf } from '../acts.ts';
import { operation } from '../operation.ts';
import type { AdminParts } from '../parts.ts';
import { refuse, refusedByHouse } from '../problem.ts';
import type { Caller, Gate } from '../session/gate.ts';
import { iso, minute } from '../times.ts';

export function emergencyRouter(parts: AdminParts, gate: Gate): Router {
  const router = Router();
  const { emergency } = parts;
  const changed = async (caller: Caller, change: Promise<void>) => {
    await change.catch(refusedByHouse);
    return shown(parts, caller);
  };

  operation(router, gate, routes.getEmergency, async ({ caller }) => shown(parts, caller));
  operation(router, gate, routes.floorOnly, ({ caller, body }) =>
    changed(caller, emergency.floorOnly(actorOf(caller), body.minutes * minute, body.reason)),
  );
  operation(router, gate, routes.closeHost, ({ caller, body }) =>
    changed(caller, emergency.close(actorOf(caller), body.host, body.reason)),
  );
  /** The house refuses what is not there. @throws Problem 412 */
  const seen = (id: string, request: Request): EmergencyRow | undefined => {
    const row = emergency.list().find((each) => each.id === id);
    if (row !== undefined && request.get('if-match') !== etagOf(row))
      throw refuse(412, 'changed', 'it is not what you have seen any more: look at it again first');
    return row;
  };
  operation(router, gate, routes.approveClosed, async ({ caller, params, request }) => {
    seen(params.id, request);
    return changed(caller, emergency.approve(actorOf(caller), params.id));
  });
  operation(router, gate, routes.endEmergency, async ({ caller, params, request }) => {
    const row = seen(params.id, request);
    if (row?.kind === 'floor-only' && !caller.viewer.rights.has('floorOnly'))
      throw refuse(403, 'right', 'no role of yours may end this');
    return changed(caller, emergency.end(actorOf(caller), params.id));
  });
  return router;
}

/** Approval is all that changes in a row before it ends. */
const etagOf = ({ id, approvedAt }: EmergencyRow): string => `"${id}-${String(approvedAt ?? 'open')}"`;

function shown({ emergency }: AdminParts, { viewer }: Caller): z.input<typeof emergencySchema> {
  const rows = emergency.list();
  const isTold = viewer.rights.has('close') || viewer.rights.has('floorOnly');
  const told = (text: string | null) => (isTold ? text : null);
  const step = (row: EmergencyRow) => ({
    ...{ id: row.id, at: iso(row.at), etag: etagOf(row) },
    ...{ by: told(row.login), reason: told(row.reason) },
  });
  const floor = rows.find(({ kind }) => kind === 'floor-only');
  return {
    notYetIn: [...emergency.notYetIn()],
    floorOnly: floor === undefined ? null : { ...step(floor), until: iso(floor.until) },
    closed: rows.flatMap((row) =>
      row.host === null
        ? []
        : {
            ...step(row),
            host: row.host,
            until: row.approvedAt === null ? iso(row.until) : null,
            ...{ approved: row.approvedAt !== null, approvedBy: told(row.approver) },
            own: row.actor === viewer.person.key,
          },
    ),
  };
}

/** Today at a glance, what the doctor finds, and how Hallpass is set up. */
import { Router } from 'express';
import { Temporal } from 'temporal-polyfill';
import { routes } from '../../api/routes.ts';
import { operation } from '../operation.ts';
import type { HealthReport } from '../health.ts';
import { schoolsWithin } from '../../../store/reading/scope.ts';
import type { Schools } from '../../../store/reading/scope.ts';
import type { AdminParts, TrafficMinute } from '../parts.ts';
import { parsedPolicy } from '../policy-text.ts';
import { ruleOf } from '../rule-of.ts';
import type { Gate } from '../session/gate.ts';
import { iso } from '../times.ts';
import type { Viewer } from '../viewer.ts';

/** When the day began there; epoch milliseconds. */
const midnightIn = (timeZone: string, at: number): number =>
  Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone).startOfDay().epochMilliseconds;

export function todayRouter(parts: AdminParts, gate: Gate): Router {
  const router = Router();
  const now = parts.now ?? Date.now;
  operation(router, gate, routes.today, async ({ caller: { viewer } }) => {
    const { id, since, documents } = parts.policy.current();
    const policy = parsedPolicy(documents)?.policy;
    const [report, threads] = await Promise.all([parts.health.report(), parts.threads()]);
    const sum = (of: 'connections' | 'tunnels'): number => threads.reduce((all, each) => all + each[of], 0);
    return {
      ...{ at: iso(now()), ...stateOf(report) },
      policy: {
        ...{ title: policy?.title ?? '', edition: id.edition, policyVersion: id.policyVersion },
        ...{ since: iso(since), mode: policy?.mode ?? 'enforce' },
      },
      traffic: parts.traffic().map(({ at, requests, blocks }) => ({ at: iso(at), requests, blocks })),
      trafficBySchool: bySchool(parts.traffic(), schoolsWithin(viewer.scope)),
      schoolNetworks: Object.values(policy?.networks ?? {}).some(({ schools }) => schools.length > 0),
      now: { connections: sum('connections'), tunnels: sum('tunnels'), threads: threads.length },
      blocks: await blocksOf(parts, viewer, midnightIn(policy?.timeZone ?? 'UTC', now()), now()),
      reviews: await reviewsOf(parts, viewer),
    };
  });
  operation(router, gate, routes.health, async () => {
    const [report, threads, { at, findings }] = await Promise.all([
      parts.health.report(),
      parts.threads(),
      parts.findings(),
    ]);
    return {
      ...stateOf(report),
      version: parts.version,
      at: iso(at),
      findings: [...findings],
      threads: [...threads],
    };
  });
  operation(router, gate, routes.settings, async () => ({ items: [...parts.settings()] }));
  return router;
}

/** Who answers for some schools sees those; who sees no records sees all, since no person is in a number of requests. */
function bySchool(minutes: readonly TrafficMinute[], schools: Schools): { of: string; count: number }[] {
  const sums = new Map<string, number>();
  for (const minute of minutes)
    for (const [school, count] of Object.entries(minute.schools))
      sums.set(school, (sums.get(school) ?? 0) + count);
  const isShown = (school: string): boolean =>
    schools === 'all' || schools.length === 0 || schools.includes(school);
  return [...sums]
    .filter(([school]) => isShown(school))
    .map(([of, count]) => ({ of, count }))
    .sort((a, b) => b.count - a.count || (a.of < b.of ? -1 : 1));
}

function stateOf({ failures, warnings }: HealthReport) {
  const status: 'unready' | 'degraded' | 'ready' =
    failures.length > 0 ? 'unready' : warnings.length > 0 ? 'degraded' : 'ready';
  return { status, reasons: [...failures, ...warnings] } satisfies {
    readonly status: string;
    readonly reasons: string[];
  };
}

async function blocksOf(
  { records, policy }: AdminParts,
  { rights, scope }: Viewer,
  from: number,
  to: number,
) {
  if (!rights.has('records')) return null;
  const { bySchool, byHour, byRule } = await records.counts(scope, from, to + 1);
  const rules = parsedPolicy(policy.current().documents)?.policy ?? null;
  return {
    since: iso(from),
    total: byHour.reduce((all, { count }) => all + count, 0),
    bySchool: [...bySchool],
    byHour: byHour.map(({ of, count }) => ({ of: iso(Number(of)), count })),
    byRule: byRule.map(({ of, count }) => ({ of, count, title: ruleOf(rules, of).title })),
  };
}

async function reviewsOf({ records }: AdminParts, { rights, scope }: Viewer) {
  if (!rights.has('reviews')) return null;
  const { count, oldest } = await records.waiting(scope);
  return { waiting: count, oldest: oldest === null ? null : iso(oldest) };
}

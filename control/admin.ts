/** The admin pages, joined to what they ask of the house. */
import { createAdminApp } from '../admin-ui/server/app.ts';
import type { AdminApp } from '../admin-ui/server/app.ts';
import type { AdminParts } from '../admin-ui/server/parts.ts';
import type { Directory } from '../directory/sign-in.ts';
import type { Image } from '../policy/compile/image.ts';
import { explain } from '../policy/explain.ts';
import { canonicalAddress } from '../policy/facts.ts';
import { textIn } from '../policy/model/text.ts';
import type { Repository } from '../store/repository/repository.ts';
import { factsOf } from './check.ts';
import type { ControlConfig } from './config.ts';
import { clock, disk, limits } from './doctor/machine.ts';
import {
  directory as directoryFindings,
  names,
  parent,
  policy as policyFindings,
} from './doctor/district.ts';
import { ok } from './doctor/finding.ts';
import type { Finding } from './doctor/finding.ts';
import type { Emergencies } from './emergencies.ts';
import { ControlError } from './errors.ts';
import type { Editions } from './editions.ts';
import type { Grants } from './grants.ts';
import { healthOf } from './health.ts';
import type { HealthSources } from './health.ts';
import { imagesAt } from './image-in-force.ts';
import { measurementsOf } from './measurements.ts';
import type { Proxies } from './proxies.ts';
import type { QueryClient } from './query.ts';
import type { Retracer } from './retrace.ts';
import { settingsShown } from './settings.ts';
import type { Traffic } from './traffic.ts';

export interface AdminSources {
  readonly config: ControlConfig;
  readonly editions: Editions;
  readonly repository: Repository;
  readonly directory: Directory;
  readonly proxies: Proxies;
  readonly query: QueryClient;
  readonly health: HealthSources;
  readonly traffic: Traffic;
  readonly emergencies: Emergencies;
  readonly grants: Grants;
  readonly retracer: Retracer;
  /** Of the edition in force. @throws ControlError `no-policy` */
  readonly image: () => Image;
  readonly version: string;
  readonly onError: (error: unknown) => void;
}

export function createAdmin(sources: AdminSources): AdminApp {
  const { config, editions, repository, directory, proxies, query, health, traffic, version, onError } =
    sources;
  return createAdminApp({
    ...{ version, onError, sessions: repository.sessions, options: config.admin },
    district: config.pages.district === undefined ? '' : textIn(config.pages.district, ['en']),
    health: { report: () => healthOf(health) },
    metrics: {
      clients: config.admin.metrics.clients,
      measure: () => measurementsOf(editions, proxies, health),
    },
    directory: {
      signIn: (credentials) => directory.signIn(credentials),
      find: (login) => directory.find(login),
      current: (key) => directory.current(key),
    },
    records: recordsOf(query, repository),
    policy: policyOf(sources),
    emergency: sources.emergencies,
    grants: sources.grants,
    recordAct: (act) => repository.recordAct(act),
    findings: remembered(() => lookAround(config)),
    traffic: () => traffic.minutes(),
    threads: () => proxies.status(),
    settings: () => settingsShown(config),
  });
}

function recordsOf(query: QueryClient, repository: Repository): AdminParts['records'] {
  return {
    page: (scope, filter, cursor, limit) => query.remote.blocksPage(scope, filter, cursor, limit),
    one: (scope, id) => query.remote.block(scope, id),
    counts: (scope, from, to) => query.remote.counts(scope, from, to),
    reviews: (scope, state, after, limit) => query.remote.reviewsPage(scope, state, after, limit),
    review: (scope, id) => query.remote.reviewRequest(scope, id),
    waiting: (scope) => query.remote.waitingReviews(scope),
    answer: (answer) => repository.acts.answerReview(answer),
  };
}

function policyOf({ editions, repository, retracer, image }: AdminSources): AdminParts['policy'] {
  return {
    current: () => {
      const current = editions.current();
      if (current === null) throw new ControlError('no-policy', 'no policy is in force yet');
      return current;
    },
    publications: () => repository.listPublications(),
    documents: async (id) => (await repository.policyVersion(id))?.documents ?? null,
    why: async ({ url, person, at = Date.now(), from = '127.0.0.1' }) => {
      const subject = { ip: canonicalAddress(from) ?? from, identity: person ?? 'unknown' } as const;
      const grants = await repository.grantsAt(person?.key ?? null, at);
      const then = imagesAt(image(), await repository.emergencies.all())(at);
      const facts = factsOf(url, 'GET', [], then.extractors);
      const { decision, trace } = explain(then, facts, subject, grants, at);
      const { action, rule, clause, enforced, needs } = decision;
      return { action, rule, clause, enforced, needs, trace, policyVersion: then.id.policyVersion };
    },
    retrace: (block) => retracer.retrace(block),
    audiencesOf: (person) => {
      const subject = { ip: '0.0.0.0', identity: person } as const;
      return { names: image().audiencesOf(subject, Date.now()), voice: image().voiceOf(subject, Date.now()) };
    },
  };
}

/** The doctor's look, without what reads for long or is seen from inside already. */
async function lookAround(config: ControlConfig): Promise<Finding[]> {
  const [name, parents, directory, policy] = await Promise.all([
    names(config),
    parent(config),
    directoryFindings(config, undefined),
    policyFindings(config),
  ]);
  return [
    ok('configuration', 'it was read and checked when Hallpass started'),
    ...[name, ...parents, ...directory, limits(config), ...disk(config), clock(config), ...policy],
  ];
}

const goodFor = 30_000;

/** Once for all who ask within half a minute: a look binds to the directory and compiles the policy. */
function remembered(look: () => Promise<Finding[]>): AdminParts['findings'] {
  let last: Promise<{ readonly at: number; readonly findings: readonly Finding[] }> | null = null;
  let at = 0;
  return () => {
    if (last === null || Date.now() - at > goodFor) {
      at = Date.now();
      last = look().then((findings) => ({ at: Date.now(), findings }));
      last.catch(() => (last = null));
    }
    return last;
  };
}

/** The admin listener on a real store, a compiled starter policy, and a directory of a few invented people. */
import { request } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createAdminApp } from '../../../admin-ui/server/app.ts';
import { listen } from '../../../admin-ui/server/listen.ts';
import { options } from '../../../admin-ui/server/options.ts';
import type { AdminParts, TrafficMinute } from '../../../admin-ui/server/parts.ts';
import type { Role } from '../../../admin-ui/api/rights.ts';
import { Emergencies } from '../../../control/emergencies.ts';
import { Grants } from '../../../control/grants.ts';
import { factsOf } from '../../../control/check.ts';
import { compileInThread } from '../../../control/compiler.ts';
import { Queries } from '../../../control/queries.ts';
import { openImage } from '../../../policy/compile/image.ts';
import { explain } from '../../../policy/explain.ts';
import type { Person } from '../../../policy/subject.ts';
import { Journal } from '../../../store/journal/journal.ts';
import type { BlockRecord } from '../../../store/record.ts';
import { Repository } from '../../../store/repository/repository.ts';
import { root } from '../../integration/district.ts';
import { record } from '../../store/samples.ts';

const group = (name: string) => ({ key: `g-${name}`, name, dn: `cn=${name},dc=demo,dc=test` });

export const person = (
  login: string,
  groups: readonly string[],
  schools: readonly string[] = [],
): Person => ({
  key: `key-${login}`,
  login,
  name: `Person ${login}`,
  groups: groups.map(group),
  schools,
});

/** One person for each role, a second principal, staff without a role, and students of two schools. */
export const people = {
  cto: person('cto', ['technology', 'staff']),
  approver: person('superintendent', ['leadership', 'staff']),
  principal: person('principal.north', ['principals', 'staff'], ['north']),
  counsellor: person('counsellor.north', ['counsellors', 'staff'], ['north']),
  teacher: person('teacher.north', ['teachers', 'staff'], ['north']),
  helpDesk: person('helpdesk', ['help-desk', 'staff']),
  auditor: person('auditor', ['auditors', 'staff']),
  staffRecords: person('hr', ['human-resources', 'staff']),
  otherPrincipal: person('principal.south', ['principals', 'staff'], ['south']),
  nobody: person('cook', ['staff'], ['north']),
  student: person('student.n', ['students-6-8'], ['north']),
  otherStudent: person('student.s', ['students-6-8'], ['south']),
} as const;

export const roleGroups: Readonly<Record<Role, readonly string[]>> = {
  cto: ['technology'],
  approver: ['leadership'],
  principal: ['PRINCIPALS'],
  counsellor: ['cn=counsellors,dc=demo,dc=test'],
  teacher: ['g-teachers'],
  helpDesk: ['help-desk'],
  auditor: ['auditors'],
  staffRecords: ['human-resources'],
};

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly json: Readonly<Record<string, unknown>>;
}

export interface Ask {
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Somebody who is signed in. */
export interface Client {
  readonly token: string;
  readonly csrf: string;
  ask(path: string, ask?: Ask): Promise<Reply>;
}

export type House = Awaited<ReturnType<typeof openHouse>>;

export interface HouseOptions {
  readonly folder: string;
  readonly secondFactor?: readonly Role[];
  readonly health?: AdminParts['health'];
}

export async function openHouse({ folder, secondFactor = [], health }: HouseOptions) {
  const { image, documents } = await starter();
  const repository = Repository.open(join(folder, 'hallpass.db'));
  await repository.publish({
    documents,
    id: image.id,
    at: 1_000,
    note: 'first',
    cause: 'policy',
    by: 'tests',
  });
  const journal = Journal.open(join(folder, 'journal.db'), { lockTimeout: 0 }, 0);
  const queries = new Queries(folder);
  const state = {
    now: Date.UTC(2026, 8, 1, 10),
    closed: new Set<string>(),
    /** Proxy threads that are late with an emergency. */
    late: [] as string[],
    down: false,
    errors: [] as unknown[],
    traffic: [] as TrafficMinute[],
    documents,
  };
  const emergencies = new Emergencies({
    table: repository.emergencies,
    deliver: async () => [],
    behind: () => state.late,
    isExempt: (host) => image.isExempt(host),
    ...{ closeNow: 86_400_000, now: () => state.now, onError: (error) => state.errors.push(error) },
  });
  const grants = new Grants({
    table: repository.givenGrants,
    deliver: async () => [],
    findPerson: async (login) => known.get(login) ?? null,
    groupsNamed: async (text) => {
      const all = [...known.values()].flatMap(({ groups }) => groups).filter(({ name }) => name === text);
      return all.slice(0, 1);
    },
    ...{ image: () => image, now: () => state.now },
  });
  const known = new Map<string, Person>(Object.values(people).map((each) => [each.login, each]));
  const parsed = options.parse({
    roles: structuredClone(roleGroups),
    secondFactor: { roles: [...secondFactor] },
  });
  const admin = createAdminApp({
    ...{ version: '9.9.9', district: 'Demo district', options: parsed, sessions: repository.sessions },
    health: health ?? { report: () => ({ failures: [], warnings: [] }) },
    metrics: { clients: ['127.0.0.1'], measure: () => Promise.reject(new Error('not asked for here')) },
    directory: {
      signIn: async ({ login, password }) => {
        const found = known.get(login);
        if (state.down) return { kind: 'unavailable' };
        if (found === undefined || password !== `demo-${login}` || state.closed.has(found.key))
          return { kind: 'rejected', reason: 'wrong-password', retryAfter: 0 };
        return { kind: 'verified', person: found, expires: Infinity };
      },
      find: async (login) => known.get(login) ?? null,
      current: async (key) => {
        if (state.down) throw new Error('no server answers');
        const found = [...known.values()].find((each) => each.key === key);
        return found === undefined || state.closed.has(key) ? null : found;
      },
    },
    records: {
      page: (...asked) => queries.blocksPage(...asked),
      one: (...asked) => queries.block(...asked),
      counts: (...asked) => queries.counts(...asked),
      reviews: (...asked) => queries.reviewsPage(...asked),
      review: (...asked) => queries.reviewRequest(...asked),
      waiting: (...asked) => queries.waitingReviews(...asked),
      answer: (answer) => repository.acts.answerReview(answer),
    },
    policy: {
      current: () => ({ id: image.id, since: 1_000, documents: state.documents }),
      publications: () => repository.listPublications(),
      documents: async (id) => (await repository.policyVersion(id))?.documents ?? null,
      why: async ({ url, person: who, at = state.now, from = '127.0.0.1' }) => {
        const { decision, trace } = explain(
          image,
          factsOf(url),
          { ip: from, identity: who ?? 'unknown' },
          await repository.grantsAt(who?.key ?? null, at),
          at,
        );
        return { ...decision, trace, policyVersion: image.id.policyVersion };
      },
      retrace: async () => ({ state: 'gone', reason: 'not in this test' }),
      audiencesOf: (who) => {
        const subject = { ip: '0.0.0.0', identity: who };
        return { names: image.audiencesOf(subject, state.now), voice: image.voiceOf(subject, state.now) };
      },
    },
    emergency: emergencies,
    grants,
    recordAct: (act) => repository.recordAct(act),
    findings: async () => ({ at: state.now, findings: [] }),
    traffic: () => state.traffic,
    threads: async () => [],
    settings: () => [{ name: 'proxy.listen', value: '127.0.0.1:3128' }],
    onError: (error) => state.errors.push(error),
    now: () => state.now,
  });
  const listener = await listen(admin.handler, '127.0.0.1:0');

  const ask = (path: string, { method = 'GET', body, headers = {} }: Ask = {}): Promise<Reply> =>
    new Promise((resolve, reject) => {
      const sent = request({ port: listener.port, host: '127.0.0.1', method, path, agent: false });
      for (const [name, value] of Object.entries(headers)) sent.setHeader(name, value);
      if (body !== undefined && headers['content-type'] === undefined)
        sent.setHeader('content-type', 'application/json');
      sent.on('response', (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          const isJson = /json/.test(response.headers['content-type'] ?? '');
          resolve({
            ...{ status: response.statusCode ?? 0, headers: response.headers, text },
            json: isJson ? (JSON.parse(text) as Record<string, unknown>) : {},
          });
        });
      });
      sent.on('error', reject);
      sent.end(body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body));
    });

  /** With the cookie, and what our own pages send with a change. */
  const clientOf = (token: string, csrf: string): Client => ({
    ...{ token, csrf },
    ask: (path, { headers = {}, ...rest } = {}) =>
      ask(path, {
        ...rest,
        headers: { cookie: `__Host-hallpass=${token}`, 'x-csrf-token': csrf, ...headers },
      }),
  });

  async function signIn(login: string): Promise<Client> {
    const reply = await ask('/api/session', { method: 'POST', body: { login, password: `demo-${login}` } });
    if (reply.status !== 201) throw new Error(`${login}: ${reply.text}`);
    return clientOf(tokenIn(reply), String(reply.json['csrf']));
  }

  return {
    ...{
      state,
      repository,
      ask,
      signIn,
      clientOf,
      image,
      handler: admin.handler,
      accountsGone: admin.accountsGone,
    },
    write: (...records: readonly Partial<BlockRecord>[]): string[] => {
      const whole = records.map((changes) =>
        record({
          at: state.now - 60_000,
          edition: image.id.edition,
          policyVersion: image.id.policyVersion,
          ...changes,
        }),
      );
      journal.append(whole);
      return whole.map(({ id }) => id);
    },
    /** What stands on the audit trail, the oldest first. */
    acts: async () => {
      const all = [];
      for await (const entry of repository.audit.entries()) all.unshift(entry);
      return all;
    },
    close: async () => {
      emergencies.stop();
      await listener.close();
      queries.close();
      journal.close();
      await repository.close();
    },
  };
}

export function tokenIn(reply: Reply): string {
  const [cookie = ''] = reply.headers['set-cookie'] ?? [];
  return /^__Host-hallpass=([^;]*)/.exec(cookie)?.[1] ?? '';
}

let compiled: ReturnType<typeof compileStarter> | null = null;
const starter = () => (compiled ??= compileStarter());

async function compileStarter() {
  const read = (file: string): string => readFileSync(join(root, 'rules/starter', file), 'utf8');
  const documents = { policy: read('policy.yaml'), aup: [read('aup.md')] };
  const games = readFileSync(join(root, 'rules/demo/demo.list'), 'utf8');
  const result = await compileInThread({
    documents,
    files: { policy: 'policy.yaml', aup: ['aup.md'] },
    lists: [{ name: 'demo', text: games }],
  });
  if (!result.ok) throw new Error('the starter policy does not compile');
  return { image: openImage(result.image), documents };
}

/** Signing in and out, the second factor, and who is signed in. */
import { Router } from 'express';
import type { Request, Response } from 'express';
import { ipKeyGenerator, rateLimit } from 'express-rate-limit';
import { v7 as uuidv7 } from 'uuid';
import type { z } from 'zod';
import type { Credentials, SignIn } from '../../../directory/protocol.ts';
import type { Person } from '../../../policy/subject.ts';
import { canonicalAddress } from '../../../policy/facts.ts';
import { rights } from '../../api/rights.ts';
import { routes } from '../../api/routes.ts';
import type { session as sessionSchema } from '../../api/session.ts';
import { act } from '../acts.ts';
import { operation } from '../operation.ts';
import type { AdminParts } from '../parts.ts';
import { refuse, sendProblem } from '../problem.ts';
import { csrfOf, giveCookie, takeCookie, tokenOf } from '../session/cookie.ts';
import type { Caller, Gate } from '../session/gate.ts';
import { SecondFactors } from '../session/second-factor.ts';
import { SignInPace } from '../session/sign-in-pace.ts';
import { iso, minute } from '../times.ts';
import { viewerOf } from '../viewer.ts';

type Answer = z.input<typeof sessionSchema>;

/** Codes that one session may send in a minute, whatever they are. */
const codesPerMinute = 30;
const longestAgent = 200;

const addressOf = ({ socket: { remoteAddress = '' } }: Request): string =>
  canonicalAddress(remoteAddress) ?? remoteAddress;
/** The addresses of an IPv6 network of /64 count together. */
const networkOf = (request: Request): string => ipKeyGenerator(addressOf(request), 64);

const refusedSignIn = () =>
  refuse(401, 'refused', 'login or password is not right, or this account has no role here');

export function sessionRouter(parts: AdminParts, gate: Gate): Router {
  const router = Router();
  const door = new SignInDoor(parts, gate);
  operation(router, gate, routes.signIn, ({ body, request, response }) =>
    door.signIn(body, request, response),
  );
  operation(router, gate, routes.whoAmI, async ({ caller }) => door.describe(caller));
  operation(router, gate, routes.signOut, async ({ caller, response }) => {
    await parts.sessions.end(caller.session.id);
    takeCookie(response);
  });
  operation(router, gate, routes.enrol, ({ caller }) => door.enrol(caller));
  router.post(routes.proveSecondFactor.path, tooManyCodes());
  operation(router, gate, routes.proveSecondFactor, ({ caller, body, request, response }) =>
    door.prove(caller, body.code, request, response),
  );
  openSessions(router, parts, gate);
  return router;
}

function openSessions(router: Router, parts: AdminParts, gate: Gate): void {
  const now = parts.now ?? Date.now;
  operation(router, gate, routes.listSessions, async ({ caller }) => {
    const sessions = await parts.sessions.list(now(), parts.options.sessions);
    const items = sessions.map(({ id, login, ip, agent, beganAt, seenAt }) => ({
      ...{ id, login, ip, agent, began: iso(beganAt), seen: iso(seenAt), own: id === caller.session.id },
    }));
    return { items };
  });
  operation(router, gate, routes.endSession, async ({ caller, params }) => {
    const ended = await parts.sessions.end(params.id);
    if (ended === null) throw refuse(404, 'unknown', 'there is no such session, or it is over');
    await parts.recordAct(act(caller, now(), 'session.end', ended.subject, { login: ended.login }));
  });
}

/** Of one session: neighbours behind one address keep nobody out. The person's own limit is in SecondFactors. */
function tooManyCodes() {
  return rateLimit({
    ...{ windowMs: minute, limit: codesPerMinute, standardHeaders: false, legacyHeaders: false },
    keyGenerator: (request: Request) => tokenOf(request) ?? networkOf(request),
    handler: (_request: Request, response: Response) => {
      response.set('Retry-After', '60');
      const detail = 'too many codes: wait a minute';
      sendProblem(response, { status: 429, title: 'Too Many Requests', code: 'too-many', detail });
    },
  });
}

class SignInDoor {
  readonly #parts: AdminParts;
  readonly #gate: Gate;
  readonly #factors: SecondFactors;
  readonly #pace: SignInPace;
  readonly #now: () => number;

  constructor(parts: AdminParts, gate: Gate) {
    this.#parts = parts;
    this.#gate = gate;
    this.#now = parts.now ?? Date.now;
    this.#factors = new SecondFactors(parts.sessions, this.#now);
    this.#pace = new SignInPace(this.#now);
  }

  async signIn(
    { login, password }: { readonly login: string; readonly password: string },
    request: Request,
    response: Response,
  ): Promise<Answer> {
    const ip = addressOf(request);
    const signIn = await this.#pace.run(
      networkOf(request),
      () => this.#ask({ login, password, ip }),
      ({ kind }) => kind === 'rejected',
    );
    const person = verified(signIn);
    const viewer = viewerOf(person, this.#parts.options.roles);
    this.#gate.standing.verified(person);
    const token = await this.#begin(person, false, request, response);
    const caller = await this.#caller(token, viewer);
    await this.#parts.recordAct(act(caller, this.#now(), 'session.begin', null, { ip }));
    giveCookie(response, token);
    return this.describe(caller);
  }

  /** Who has no role counts, and is told, as with a wrong password: whether it was right is nobody's business here. */
  async #ask(credentials: Credentials): Promise<SignIn> {
    const signIn = await this.#parts.directory.signIn(credentials);
    if (signIn.kind !== 'verified') return signIn;
    const { roles } = viewerOf(signIn.person, this.#parts.options.roles);
    return roles.length > 0 ? signIn : { kind: 'rejected', reason: 'wrong-password', retryAfter: 0 };
  }

  /** Whoever was signed in here before is not any more: no session outlives a sign-in, and no token that a page could plant. */
  async #begin(person: Person, proven: boolean, request: Request, response: Response): Promise<string> {
    const old = tokenOf(request);
    const { sessions, options } = this.#parts;
    const before = old === null ? null : await sessions.find(old, this.#now(), options.sessions);
    if (before !== null) await sessions.end(before.id);
    const token = await sessions.begin({
      ...{ id: uuidv7(), subject: person.key, login: person.login, proven, beganAt: this.#now() },
      ip: addressOf(request),
      agent: (request.get('user-agent') ?? '').slice(0, longestAgent),
    });
    response.set('Cache-Control', 'no-store');
    return token;
  }

  async #caller(token: string, viewer: Caller['viewer']): Promise<Caller> {
    const session = await this.#parts.sessions.find(token, this.#now(), this.#parts.options.sessions);
    if (session === null) throw new Error('a session that has just begun is not there');
    const proven = session.proven || !this.#gate.needsCode(viewer);
    return { viewer, token, session: { ...session, proven } };
  }

  async enrol({ viewer, session }: Caller) {
    if (!this.#gate.needsCode(viewer))
      throw refuse(409, 'not-needed', 'no role of yours needs a second factor');
    const issuer = `Hallpass ${this.#parts.district}`.trim();
    const offered = await this.#factors.enrol(session.subject, viewer.person.login, issuer);
    if (offered === null)
      throw refuse(
        409,
        'set-up',
        'a second factor is set up: whoever runs Hallpass can take it away, if it is lost',
      );
    return offered;
  }

  /** What was shown changed, so the token changes with it. */
  async prove(caller: Caller, code: string, request: Request, response: Response): Promise<Answer> {
    const { viewer, session } = caller;
    const checked = await this.#factors.check(session.subject, code);
    if (checked === 'limited')
      throw refuse(429, 'too-many', 'too many wrong codes: wait five minutes', { 'Retry-After': '300' });
    if (checked === 'wrong') {
      const ip = addressOf(request);
      await this.#parts.recordAct(act(caller, this.#now(), 'session.wrong-code', null, { ip }));
      throw refuse(401, 'wrong-code', 'this code is not right, or was used: wait for the next one');
    }
    const token = await this.#begin(viewer.person, true, request, response);
    const proven = await this.#caller(token, viewer);
    await this.#parts.recordAct(act(proven, this.#now(), 'session.prove', null, {}));
    giveCookie(response, token);
    return this.describe(proven);
  }

  async describe({ viewer, session, token }: Caller): Promise<Answer> {
    const { options, district, version } = this.#parts;
    const setUp = session.proven || (await this.#factors.isSetUp(session.subject));
    const stage = session.proven ? 'complete' : setUp ? 'second-factor' : 'enrol';
    const { students, staff } = viewer.scope;
    return {
      ...{ stage, login: viewer.person.login, name: viewer.person.name, district, version },
      roles: [...viewer.roles],
      rights: stage === 'complete' ? rights.filter((right) => viewer.rights.has(right)) : [],
      schools: students === 'all' || staff === 'all' ? 'all' : [...students],
      csrf: csrfOf(token),
      ends: iso(session.beganAt + options.sessions.absolute),
      idleMinutes: options.sessions.idle / minute,
    };
  }
}

/** @throws Problem 401, 429 or 503; one text whatever was wrong */
function verified(signIn: SignIn): Person {
  switch (signIn.kind) {
    case 'verified':
      return signIn.person;
    case 'rejected':
      if (signIn.retryAfter === 0) throw refusedSignIn();
      throw limited(signIn.retryAfter);
    case 'busy':
      throw limited(signIn.retryAfter);
    case 'unavailable':
      throw refuse(503, 'directory-unavailable', 'no directory server answers: try again in a moment');
  }
}

const limited = (seconds: number) =>
  refuse(
    429,
    'too-many',
    `too many wrong passwords: try again in ${String(Math.max(1, Math.ceil(seconds / 60)))} minutes`,
    {
      'Retry-After': String(seconds),
    },
  );

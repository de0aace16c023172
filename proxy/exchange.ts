/**
 * The life of one request, from its head to its answer. Read this file first.
 *
 *   head ─► target, Host, Via ─► facts ─► decide ─┬─ needs identity ─► sign in ─► decide again
 *                                                 ├─ block, warn ────► record on disk ─► page
 *                                                 └─ allow, or only observed, or needs the response
 *                                                       └─► other names of the host ─► origin ─► response ─► decide again
 *                                                           where it was needed ─► client, or a page
 *
 * It knows no socket and no HTTP version: it drives a `Downstream`. Everything of a request lives in this one object,
 * made anew for each, so nothing of one can reach the next. It keeps the image that it began with.
 */
import type { Image } from '../policy/compile/image.ts';
import type { Due } from '../policy/compile/obligations.ts';
import { decide } from '../policy/decide.ts';
import { stops } from '../policy/decision.ts';
import type { Decision } from '../policy/decision.ts';
import { withAliases, withResponse } from '../policy/facts.ts';
import type { RequestFacts } from '../policy/request.ts';
import { keyOf } from '../policy/subject.ts';
import type { Identity, Person, Subject } from '../policy/subject.ts';
import type { SignIn } from '../directory/protocol.ts';
import type { AllowedExchange } from './allowed.ts';
import type { Downstream } from './downstream.ts';
import { errorPageOf } from './failures.ts';
import { forward, upgradeOf } from './forward.ts';
import { parseBasic } from './identity/basic.ts';
import type { ErrorPageCode } from './pages/errors.ts';
import type { Negotiated } from '../pages/negotiate.ts';
import { isPublic } from '../pages/public-paths.ts';
import { obliged } from './obligations.ts';
import type { Obliged } from './obligations.ts';
import type { Plane } from './plane.ts';
import { portalRequest } from './portal.ts';
import { connect } from './connect.ts';
import { checkExpect, checkHost, isLoop } from './preconditions.ts';
import { targetFacts } from './target-facts.ts';
import { mediaTypeOf, sizeOf } from './response-facts.ts';
import type { OriginFailure } from './upstream/upstream.ts';
import type { BodySource } from './wire/body.ts';
import type { ResponseHead } from './wire/head.ts';
import { forwardsLeft } from './wire/max-forwards.ts';
import { Refused } from './wire/refusals.ts';
import type { Target } from './wire/target.ts';
import { parseTarget } from './wire/target.ts';

/** @throws Refused when the request is one that a proxy must not pass on; the connection answers and closes. */
export function beginExchange(plane: Plane, downstream: Downstream): void {
  const { head } = downstream;
  const target = parseTarget(head);
  if (head.method === 'TRACE') throw new Refused('method-not-allowed');
  checkHost(head, target);
  checkExpect(head);
  forwardsLeft(head);
  plane.counters.requests++;
  if (target.form === 'asterisk') {
    downstream.respondWith(plane.answers.capabilities());
    return;
  }
  const exchange = new Exchange(plane, downstream, target);
  try {
    exchange.begin();
  } catch (error) {
    exchange.defect(error);
  }
}

/** Whether a record is made of it. */
const leavesRecord = (decision: Decision): boolean => decision.log || decision.action !== 'allow';

/** Visits to crisis help leave no trace, whatever becomes of them. */
const isCrisis = (image: Image, facts: RequestFacts): boolean => image.exemptionOf(facts) === 'crisis';

const none: readonly string[] = [];
const noObligations: Decision['obligations'] = [];

class Exchange implements AllowedExchange {
  readonly plane: Plane;
  readonly downstream: Downstream;
  readonly target: Exclude<Target, { form: 'asterisk' }>;
  facts: RequestFacts;
  image: Image;
  /** Epoch milliseconds at which the request was decided. */
  at: number;
  subject: Subject;
  #revision: number;
  #negotiated: Negotiated | null = null;
  /** What holds of the request by now. */
  #decision: Decision | null = null;

  constructor(plane: Plane, downstream: Downstream, target: Exclude<Target, { form: 'asterisk' }>) {
    this.plane = plane;
    this.downstream = downstream;
    this.target = target;
    this.image = plane.image();
    this.facts = targetFacts(target, downstream.head, this.image.extractors);
    this.#revision = plane.changes.revision;
    this.at = Date.now();
    this.subject = { ip: downstream.ip, identity: 'unknown' };
  }

  get client(): string {
    const { identity, ip } = this.subject;
    return typeof identity === 'string' ? ip : identity.key;
  }

  get exempt(): boolean {
    return this.image.exemptionOf(this.facts) !== null;
  }

  begin(): void {
    if (isLoop(this.downstream.head.fields, this.plane.settings.via)) return this.fail('loop', 'our own Via');
    if (this.facts.host === this.plane.settings.portalHost) return this.#visitPortal();
    this.#decide('unknown');
  }

  /** The portal is Hallpass itself: nothing is decided about it. Who comes signs in, except to what is for everybody. */
  #visitPortal(): void {
    const { target } = this;
    if (target.form === 'authority') return this.fail('connection-refused', 'the portal has no https');
    const open = isPublic(target.path) || this.image.networkOf(this.downstream.ip)?.signIn === 'never';
    this.#whoIsIt((signIn) => {
      if (signIn?.kind === 'verified') return void this.#portal(target, signIn.person);
      if (signIn?.kind === 'unavailable' || open) return void this.#portal(target, null);
      if (signIn?.kind === 'busy')
        return this.fail('sign-in-limited', 'too much fails to sign in at this address', signIn.retryAfter);
      this.#challenge(signIn?.retryAfter);
    });
  }

  async #portal(target: Target & { form: 'absolute' }, person: Person | null): Promise<void> {
    try {
      const request = await portalRequest(this.downstream, target, person);
      if (request === 'broken-off') return this.downstream.reset();
      if (request === 'too-large') return this.fail('bad-request', 'a form that is too long');
      const { status, headers, body } = await this.plane.portal.portal(request);
      this.downstream.respondWith({ status, headers, body: Buffer.from(body) });
    } catch (error) {
      this.plane.log.warn({ err: error }, 'the portal does not answer');
      this.fail('overloaded', 'the portal does not answer', 5);
    }
  }

  #decide(identity: Identity): void {
    this.subject = { ip: this.downstream.ip, identity };
    const decision = this.#decisionNow();
    if (this.#mustIdentify(decision)) this.#identify();
    else if (this.#looksAhead(decision)) this.#settle(decision);
    else if (identity === 'unknown' && leavesRecord(decision)) this.#attribute(decision);
    else this.#settle(decision);
  }

  /**
   * Whether the answer of the origin may still change the decision, and may be asked for to find out: only where asking does
   * nothing else, and can be done again.
   */
  #looksAhead({ needs }: Decision): boolean {
    if (!needs.includes('response') || this.facts.response !== 'unknown') return false;
    const { head, body } = this.downstream;
    const asks = head.method === 'GET' || head.method === 'HEAD';
    return asks && body.length === 0 && upgradeOf(head, body) === undefined;
  }

  /** Who it is matters; but nobody is asked yet where it matters for some answers of the origin alone. */
  #mustIdentify(decision: Decision): boolean {
    const ahead = this.#looksAhead(decision);
    if (!decision.needs.includes('identity') && !(ahead && this.#due().uncertain)) return false;
    if (!ahead || this.downstream.head.fields.has('proxy-authorization')) return true;
    return this.#decisionOf(withResponse(this.facts, 'unobtainable')).needs.includes('identity');
  }

  #decisionNow(): Decision {
    return this.#decisionOf(this.facts);
  }

  #decisionOf(facts: RequestFacts): Decision {
    const { identity } = this.subject;
    const grants = this.plane.grants(keyOf(identity));
    return decide(this.image, facts, this.subject, grants, this.at);
  }

  #identify(): void {
    this.#whoIsIt((signIn) => {
      if (signIn === null) return this.#challenge();
      if (signIn.kind === 'rejected') return this.#challenge(signIn.retryAfter);
      if (signIn.kind === 'busy') {
        return this.fail('sign-in-limited', 'too much fails to sign in at this address', signIn.retryAfter);
      }
      if (signIn.kind === 'verified') return this.#decide(signIn.person);
      if (this.image.networkOf(this.downstream.ip)?.unidentified !== 'refuse')
        return this.#decide('unidentified');
      return this.fail('sign-in-unavailable', 'no directory server answers');
    });
  }

  /**
   * The decision is the same for everyone, but its record and its page are about somebody: who says who they are is
   * believed after a check, and nobody is asked who says nothing.
   */
  #attribute(decision: Decision): void {
    if (this.image.networkOf(this.downstream.ip)?.signIn === 'never') return this.#settle(decision);
    this.#whoIsIt((signIn) => {
      if (signIn?.kind === 'verified') this.#decide(signIn.person);
      else this.#settle(decision);
    });
  }

  /** Who the client says it is, verified; null when it says nothing that could be. A remembered sign-in costs nothing. */
  #whoIsIt(answer: (signIn: SignIn | null) => void): void {
    const field = this.downstream.head.fields.get('proxy-authorization');
    if (field === undefined) return answer(null);
    const { signIns, directory, changes, log, lines } = this.plane;
    const hashed = signIns.hash(field);
    const known = signIns.get(hashed, this.at);
    if (known !== undefined) return answer({ kind: 'verified', person: known, expires: 0 });
    const credentials = parseBasic(field);
    if (credentials === null) return answer(null);
    directory
      .signIn({ ...credentials, ip: this.downstream.ip })
      .catch((error: unknown): SignIn => {
        if (lines.admits('directory-not-asked')) log.warn({ err: error }, 'the directory could not be asked');
        return { kind: 'unavailable' };
      })
      .then((signIn) => {
        // An account that was closed while the directory answered stays closed.
        const closed = signIn.kind === 'verified' && changes.goneSince(signIn.person.key, this.#revision);
        if (closed) return answer({ kind: 'rejected', reason: 'account-disabled', retryAfter: 0 });
        if (signIn.kind === 'verified') signIns.set(hashed, signIn.person, signIn.expires);
        answer(signIn);
      })
      .catch((error: unknown) => this.defect(error));
  }

  #challenge(retryAfter = 0): void {
    if (this.plane.watches.on) this.#watched(null);
    this.downstream.respondWith(this.plane.answers.challenge(this.negotiated, retryAfter));
  }

  #settle(final: Decision): void {
    let decision = final;
    // It may have been about an answer that is gone; the next one is looked at by itself.
    if (typeof this.facts.response !== 'string' && !stops(decision)) {
      this.facts = withResponse(this.facts, 'unknown');
      decision = this.#decisionNow();
    } else this.#count();
    this.#decision = decision;
    if (!this.#looksAhead(decision)) {
      this.#seen(decision);
      if (stops(decision)) return this.#block(decision);
      if (decision.log) void this.plane.journal.append(this.#occasion(decision));
    }
    if (this.target.form === 'authority') connect(this);
    else forward(this, this.target);
  }

  obliged(target: string): Obliged {
    const { head } = this.downstream;
    const obligations = this.#obligations();
    if (obligations.length === 0) return { head, target };
    return obliged({ obligations }, head, target, this.image.program.services);
  }

  /** Sent ahead, a request is given what it would be given if its answer opens. */
  #obligations(): Decision['obligations'] {
    const decision = this.#decision;
    if (decision === null) return noObligations;
    return this.#looksAhead(decision) ? this.#due().obligations : decision.obligations;
  }

  /** What it would be given. */
  #due(): Due {
    const { services } = this.image.planOf(this.facts);
    return this.image.membershipOf(this.subject, this.at).obliged.due(services);
  }

  /** What DNS calls the host besides closes it where a rule names it. */
  named(aliases: readonly string[]): boolean {
    if (this.exempt) return true;
    this.facts = withAliases(this.facts, aliases);
    const decision = this.#decisionNow();
    const ahead = this.#looksAhead(decision);
    if (this.#mustIdentify(decision)) this.#identify();
    else if (!ahead && stops(decision)) this.#attributeIfUnknown(decision);
    else {
      const changed = decision.rule !== this.#decision?.rule;
      this.#decision = decision;
      if (changed && !ahead && decision.log) void this.plane.journal.append(this.#occasion(decision));
      return true;
    }
    return false;
  }

  /** An answer that was needed to decide goes on only if it may. */
  answered(head: ResponseHead, body: BodySource): void {
    const before = this.#decision;
    if (before === null || !before.needs.includes('response')) return this.downstream.respond(head, body);
    const ahead = this.#looksAhead(before);
    this.facts = withResponse(this.facts, { mediaType: mediaTypeOf(head), size: sizeOf(body) });
    const decision = this.#decisionNow();
    const asks = ahead && decision.needs.includes('identity');
    const goesOn = !asks && !stops(decision);
    if (goesOn) {
      this.#decision = decision;
      if (ahead) this.#seen(decision);
      if (ahead && decision.log) void this.plane.journal.append(this.#occasion(decision));
      return this.downstream.respond(head, body);
    }
    body.cancel();
    if (asks) {
      this.facts = withResponse(this.facts, 'unknown');
      return this.#identify();
    }
    this.#decision = decision;
    // What was sent for more than to look cannot be sent again: it is closed as it is known.
    if (ahead) this.#attributeIfUnknown(decision);
    else this.#block(decision);
  }

  #attributeIfUnknown(decision: Decision): void {
    if (this.subject.identity === 'unknown' && leavesRecord(decision)) this.#attribute(decision);
    else this.#settle(decision);
  }

  /** Where the address tells the school; who signs in tells it of few requests only, since few need to know. */
  #count(): void {
    const { schools } = this.plane.counters;
    for (const school of this.image.networkOf(this.subject.ip)?.schools ?? none)
      schools.set(school, (schools.get(school) ?? 0) + 1);
  }

  /** For who looks, and for previews. */
  #seen(decision: Decision): void {
    if (this.plane.watches.on) this.#watched(decision);
    if (this.plane.sample.on) this.plane.sample.see(this, decision);
  }

  /** Where nobody needed to know who it is, a remembered sign-in says so. */
  #watched(decision: Decision | null): void {
    const { identity, ip } = this.subject;
    const field = this.downstream.head.fields.get('proxy-authorization');
    const { signIns, watches } = this.plane;
    const said = field === undefined ? undefined : signIns.get(signIns.hash(field), this.at);
    const person = typeof identity === 'string' ? (said ?? null) : identity;
    watches.see({ facts: this.facts, ip, person, at: this.at, decision });
  }

  #block(decision: Decision): void {
    this.plane.counters.blocks++;
    if (!decision.log) return this.#sendBlockPage(decision, null);
    this.plane.journal
      .append(this.#occasion(decision))
      .then((acknowledgement) => {
        this.#sendBlockPage(decision, acknowledgement.kind === 'recorded' ? acknowledgement.id : null);
      })
      .catch((error: unknown) => this.defect(error));
  }

  /**
   * A tunnel outlives its request, so what changed since the request was decided (an edition, a schedule, an account)
   * must count before it opens: from then on the registry of tunnels sees to it. @returns false when it is not allowed
   * any more, and the client has been told
   */
  stillAllowed(): boolean {
    const { changes } = this.plane;
    if (changes.revision === this.#revision) return true;
    const { identity } = this.subject;
    const gone = typeof identity !== 'string' && changes.goneSince(identity.key, this.#revision);
    this.#revision = changes.revision;
    this.image = this.plane.image();
    this.at = Date.now();
    if (gone) this.subject = { ip: this.subject.ip, identity: 'unknown' };
    const decision = this.#decisionNow();
    if (decision.needs.includes('identity')) this.#challenge();
    else if (stops(decision)) this.#block(decision);
    else return true;
    return false;
  }

  #sendBlockPage(decision: Decision, recordId: string | null): void {
    const { image, facts, subject, at, negotiated } = this;
    if (decision.quiet) return this.downstream.respondWith(this.plane.answers.quiet());
    this.downstream.respondWith(
      this.plane.answers.block({ image, facts, subject, decision, at, negotiated, recordId }),
    );
  }

  #occasion(decision: Decision) {
    const { image, facts, subject, at } = this;
    const kind = facts.url === 'unobtainable' ? ('repeat' as const) : this.negotiated.kind;
    const grants = this.plane.grants(keyOf(subject.identity));
    return { image, facts, subject, grants, decision, at, kind };
  }

  get negotiated(): Negotiated {
    return (this.#negotiated ??= this.plane.answers.negotiate(this.downstream.head.fields));
  }

  /** A defect of ours: it ends this request, not the thread and nobody else's. */
  defect(error: unknown): void {
    this.plane.log.error({ err: error }, 'a defect ended a request');
    if (this.downstream.answered) this.downstream.reset();
    else this.fail('internal-error', 'a defect');
  }

  originFailed(failure: OriginFailure, detail: string | null): void {
    this.fail(errorPageOf(failure), detail === null ? failure : `${failure}: ${detail}`);
  }

  /** Answers with an error page. A crisis host leaves neither id nor log line. */
  fail(code: ErrorPageCode, cause: string, retryAfter?: number): void {
    const trace = !isCrisis(this.image, this.facts);
    const { negotiated } = this;
    const host = trace ? this.facts.host : null;
    this.downstream.respondWith(
      this.plane.answers.error({ code, negotiated, host, cause, trace, retryAfter }),
    );
  }
}

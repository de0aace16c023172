/** From a request to who is asking, or to why they may not. */
import type { Request } from 'express';
import type { Session } from '../../../store/repository/sessions.ts';
import type { Route } from '../../api/routes.ts';
import type { AdminParts } from '../parts.ts';
import { refuse } from '../problem.ts';
import { viewerOf } from '../viewer.ts';
import type { Viewer } from '../viewer.ts';
import { hasCsrf, isForeign, tokenOf } from './cookie.ts';
import { Standing } from './standing.ts';

/** Somebody who is signed in, as far as `session.proven` says. */
export interface Caller {
  readonly viewer: Viewer;
  readonly session: Session;
  readonly token: string;
}

const signInFirst = () => refuse(401, 'sign-in', 'sign in first');

export class Gate {
  readonly standing: Standing;
  readonly #parts: AdminParts;
  readonly #now: () => number;

  constructor(parts: AdminParts) {
    this.#parts = parts;
    this.#now = parts.now ?? Date.now;
    this.standing = new Standing({ current: (key) => parts.directory.current(key), now: this.#now });
  }

  /**
   * Who may go through for a route; null for a route that is for anyone.
   * @throws Problem 401, 403 or 503
   */
  async admit(route: Route, request: Request): Promise<Caller | null> {
    const changes = route.method !== 'get';
    if (changes && isForeign(request))
      throw refuse(403, 'foreign-page', 'this came from a page of another site');
    if (route.for === 'anyone') return null;
    const caller = await this.#caller(request);
    if (changes && !hasCsrf(request, caller.token))
      throw refuse(403, 'csrf', 'send the `csrf` of the session in `x-csrf-token`');
    this.#requireRight(route, caller);
    return caller;
  }

  async #caller(request: Request): Promise<Caller> {
    const token = tokenOf(request);
    if (token === null) throw signInFirst();
    const { sessions, options } = this.#parts;
    // Our own pages say so when they only keep up to date what stands on the screen.
    const attended = request.get('x-unattended') === undefined;
    const session = await sessions.find(token, this.#now(), options.sessions, attended);
    if (session === null) throw signInFirst();
    const person = await this.standing.of(session.subject);
    if (person === 'unavailable')
      throw refuse(
        503,
        'directory-unavailable',
        'the directory cannot be asked whether this account is still open',
      );
    const viewer = person === null ? null : viewerOf(person, options.roles);
    if (viewer === null || viewer.roles.length === 0) {
      await sessions.endAllOf([session.subject]);
      throw signInFirst();
    }
    return { viewer, session: { ...session, proven: session.proven || !this.needsCode(viewer) }, token };
  }

  #requireRight({ for: wanted }: Route, { viewer, session }: Caller): void {
    if (wanted === 'half' || wanted === 'anyone') return;
    if (!session.proven) throw refuse(401, 'second-factor', 'give the code of the second factor first');
    if (wanted === 'signed-in') return;
    if (!viewer.rights.has(wanted))
      throw refuse(
        403,
        'right',
        `none of your roles (${viewer.roles.join(', ')}) has the right \`${wanted}\`: roles are given by groups of the directory, named in \`admin.roles\``,
      );
  }

  /** Whether one of the viewer's roles needs a second factor. */
  needsCode({ roles }: Viewer): boolean {
    return roles.some((role) => this.#parts.options.secondFactor.roles.includes(role));
  }
}

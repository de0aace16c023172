/** Requests to look at a block again: what waits, and the answer, which is given once. */
import { Router } from 'express';
import type { z } from 'zod';
import type { ReviewRequest } from '../../../store/reading/reviews.ts';
import type { review as reviewSchema } from '../../api/reviews.ts';
import { routes } from '../../api/routes.ts';
import { act, peopleIn } from '../acts.ts';
import { operation } from '../operation.ts';
import type { AdminParts } from '../parts.ts';
import { refuse } from '../problem.ts';
import type { Caller, Gate } from '../session/gate.ts';

const unknown = () => refuse(404, 'unknown', 'there is no such request, or it is not for you to see');

export function reviewsRouter(parts: AdminParts, gate: Gate): Router {
  const router = Router();
  const now = parts.now ?? Date.now;
  operation(router, gate, routes.listReviews, async ({ caller, query }) => {
    const { state, cursor = null, limit } = query;
    const { items, next } = await parts.records.reviews(caller.viewer.scope, state, cursor, limit);
    const people = peopleIn(items.map(({ record }) => record));
    await parts.recordAct(act(caller, now(), 'reviews.view', null, { state, people }));
    return { items: items.map(shown), next };
  });
  operation(router, gate, routes.getReview, async ({ caller, params, response }) => {
    const review = await parts.records.review(caller.viewer.scope, params.id);
    if (review === null) throw unknown();
    const subject = review.record.userId;
    await parts.recordAct(act(caller, now(), 'reviews.view', subject, { review: review.id }));
    response.set('ETag', etagOf(review));
    return shown(review);
  });
  operation(router, gate, routes.answerReview, async ({ caller, params, body, request, response }) => {
    const answered = await answer(parts, caller, params.id, body, request.get('if-match') ?? '', now());
    response.set('ETag', etagOf(answered));
    return shown(answered);
  });
  return router;
}

const etagOf = ({ id, answer: given }: ReviewRequest): string =>
  `"${id}-${given === null ? 'open' : given.at}"`;

/** @throws Problem 404, 409 or 412 */
async function answer(
  parts: AdminParts,
  caller: Caller,
  id: string,
  { outcome, note }: { readonly outcome: 'opened' | 'kept'; readonly note: string },
  ifMatch: string,
  at: number,
): Promise<ReviewRequest> {
  const { scope, person } = caller.viewer;
  const review = await parts.records.review(scope, id);
  if (review === null) throw unknown();
  if (ifMatch !== etagOf(review))
    throw refuse(412, 'changed', 'somebody has answered meanwhile: look at their answer first');
  if (outcome === 'opened') await requireOpen(parts, review);
  const { rule, host, userId } = review.record;
  await parts.recordAct(act(caller, at, 'reviews.answer', userId, { review: id, outcome, rule, host }));
  const added = await parts.records.answer({
    ...{ review: id, at, actor: person.key, login: person.login, outcome, note },
  });
  const answered = added === 'added' ? await parts.records.review(scope, id) : null;
  if (answered === null)
    throw refuse(412, 'changed', 'somebody has answered meanwhile: look at their answer first');
  return answered;
}

/** Nobody is told that a site is open while it is not. @throws Problem 409 */
async function requireOpen({ policy, directory }: AdminParts, { record }: ReviewRequest): Promise<void> {
  const person = record.userId === null ? null : await directory.current(record.userId);
  const decided = await policy.why({ url: record.url, person, from: record.ip });
  if (decided.action === 'allow' || !decided.enforced) return;
  throw refuse(
    409,
    'still-closed',
    `rule \`${decided.rule}\` still closes ${record.host} for this person: have the policy changed first, or say that it stays closed`,
  );
}

const shown = (review: ReviewRequest): z.input<typeof reviewSchema> => ({
  ...review,
  record: {
    ...review.record,
    schools: [...review.record.schools],
    grants: [...review.record.grants],
  },
});

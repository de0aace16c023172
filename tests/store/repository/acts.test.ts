import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { NewGrant, NewReview } from '../../../store/repository/acts.ts';
import { Repository } from '../../../store/repository/repository.ts';
import { freshFolder } from '../folder.ts';

const fresh = freshFolder();
let repository: Repository;
beforeEach(() => {
  repository = Repository.open(join(fresh(), 'hallpass.db'));
});
afterEach(() => repository.close());

const form = (nonce: string) => ({ nonce, expires: 10_000 });
const review = (id: string, changes: Partial<NewReview> = {}): NewReview => ({
  ...{
    id,
    record: `r-${id}`,
    subject: 'ann',
    at: 1_000,
    kind: 'needed',
    text: '',
    host: 'a.test',
    rule: 'games',
  },
  ...changes,
});
const grant = (id: string, changes: Partial<NewGrant> = {}): NewGrant => ({
  ...{ id, kind: 'continue', subject: 'ann', rule: 'video', host: 'v.test', record: 'r-1', reason: 'lesson' },
  ...{ at: 1_000, expires: 5_000 },
  ...changes,
});

it('a form is good once, for whatever it is sent', async () => {
  const { acts } = repository;
  expect(await acts.addReview(review('1'), form('n-1'))).toBe('added');
  expect(await acts.addReview(review('2'), form('n-1'))).toBe('spent');
  expect(await acts.addGrant(grant('1'), form('n-1'))).toBe('spent');
  expect(await acts.reviewsOf('ann')).toHaveLength(1);
  expect(await acts.liveGrants(2_000)).toEqual([]);
});

it('of two that arrive together one counts', async () => {
  const { acts } = repository;
  const both = [acts.addGrant(grant('1'), form('n')), acts.addGrant(grant('2'), form('n'))];
  expect((await Promise.all(both)).sort()).toEqual(['added', 'spent']);
});

it('a record has one review of one person', async () => {
  const { acts } = repository;
  await acts.addReview(review('1', { record: 'r' }), form('n-1'));
  expect(await acts.addReview(review('2', { record: 'r' }), form('n-2'))).toBe('there');
  expect(await acts.addReview(review('3', { record: 'r', subject: 'bob' }), form('n-3'))).toBe('added');
});

it('reviews are their person’s, the newest first, unanswered at first', async () => {
  const { acts } = repository;
  await acts.addReview(review('1'), form('n-1'));
  await acts.addReview(review('2', { at: 2_000, text: 'why' }), form('n-2'));
  await acts.addReview(review('3', { subject: 'bob' }), form('n-3'));
  expect(await acts.reviewsOf('ann')).toEqual([
    { ...review('2', { at: 2_000, text: 'why' }), answer: null },
    { ...review('1'), answer: null },
  ]);
});

it('grants are live until they end', async () => {
  const { acts } = repository;
  await acts.addGrant(grant('1'), form('n-1'));
  await acts.addGrant(grant('2', { expires: 9_000 }), form('n-2'));
  const live = await acts.liveGrants(5_000);
  expect(live).toEqual([
    { id: '2', kind: 'continue', subject: 'ann', rule: 'video', host: 'v.test', expires: 9_000 },
  ]);
});

it('what is past its time is dropped, with the forms that can no longer be sent', async () => {
  const { acts } = repository;
  await acts.addReview(review('1'), form('n-1'));
  await acts.addReview(review('2', { at: 3_000 }), form('n-2'));
  await acts.addGrant(grant('1'), form('n-3'));
  await acts.purge(2_000, 20_000);
  expect((await acts.reviewsOf('ann')).map(({ id }) => id)).toEqual(['2']);
  expect(await acts.addReview(review('4'), form('n-1'))).toBe('added');
});

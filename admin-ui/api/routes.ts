/**
 * Every operation of the admin API: where it is, who may call it, what goes in and what comes out. Server, OpenAPI
 * description and the tests of who may do what are made from this one table.
 */
import { z } from 'zod';
import * as blocks from './blocks.ts';
import * as emergency from './emergency.ts';
import * as grants from './grants.ts';
import * as policy from './policy.ts';
import * as reviews from './reviews.ts';
import type { Right } from './rights.ts';
import * as session from './session.ts';
import * as today from './today.ts';
import * as why from './why.ts';

export interface Route {
  readonly method: 'get' | 'post' | 'delete';
  /** With parameters as `{id}`. */
  readonly path: `/api/${string}`;
  readonly summary: string;
  /** `half`: the password was right, and a second factor may be missing. */
  readonly for: Right | 'anyone' | 'half' | 'signed-in';
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodObject;
  readonly status: 200 | 201 | 204;
  /** What is answered; text of another kind has a media type. */
  readonly answer?: z.ZodType;
  readonly mediaType?: 'text/csv';
  /** The caller says by If-Match which state of the thing it changes. */
  readonly ifMatch?: true;
}

const id = z.strictObject({ id: z.string().min(1).max(64) });

export const routes = {
  describe: {
    ...{ method: 'get', path: '/api/openapi.json', summary: 'This description, as OpenAPI 3.1' },
    ...{ for: 'anyone', status: 200, answer: z.looseObject({ openapi: z.string() }) },
  },
  signIn: {
    ...{ method: 'post', path: '/api/session', summary: 'Sign in with a directory account' },
    ...{ for: 'anyone', body: session.credentials, status: 201, answer: session.session },
  },
  whoAmI: {
    ...{ method: 'get', path: '/api/session', summary: 'Who is signed in, and what they may do' },
    ...{ for: 'half', status: 200, answer: session.session },
  },
  signOut: {
    ...{ method: 'delete', path: '/api/session', summary: 'Sign out' },
    ...{ for: 'half', status: 204 },
  },
  enrol: {
    ...{ method: 'post', path: '/api/session/enrolment', summary: 'Ask for a new second factor' },
    ...{ for: 'half', status: 201, answer: session.enrolment },
  },
  proveSecondFactor: {
    ...{ method: 'post', path: '/api/session/code', summary: 'Give the code of the second factor' },
    ...{ for: 'half', body: session.code, status: 201, answer: session.session },
  },
  listSessions: {
    ...{ method: 'get', path: '/api/sessions', summary: 'Who is signed in to the admin pages' },
    ...{ for: 'sessions', status: 200, answer: z.object({ items: z.array(session.openSession) }) },
  },
  endSession: {
    ...{ method: 'delete', path: '/api/sessions/{id}', summary: 'End a session' },
    ...{ for: 'sessions', params: id, status: 204 },
  },
  today: {
    ...{ method: 'get', path: '/api/today', summary: 'Traffic, blocks and what needs attention' },
    ...{ for: 'overview', status: 200, answer: today.today },
  },
  listBlocks: {
    ...{ method: 'get', path: '/api/blocks', summary: 'Blocks, the newest first' },
    ...{ for: 'records', query: blocks.blocksQuery, status: 200, answer: blocks.blocksPage },
  },
  exportBlocks: {
    ...{ method: 'get', path: '/api/blocks.csv', summary: 'Blocks as CSV, at most 100,000' },
    ...{ for: 'records', query: blocks.blocksFilter, status: 200, mediaType: 'text/csv' },
  },
  getBlock: {
    ...{ method: 'get', path: '/api/blocks/{id}', summary: 'One block, and how it came about' },
    ...{ for: 'records', params: id, status: 200, answer: blocks.blockDetail },
  },
  listReviews: {
    ...{ method: 'get', path: '/api/reviews', summary: 'Requests to look at a block again' },
    ...{ for: 'reviews', query: reviews.reviewsQuery, status: 200, answer: reviews.reviewsPage },
  },
  getReview: {
    ...{ method: 'get', path: '/api/reviews/{id}', summary: 'One request' },
    ...{ for: 'reviews', params: id, status: 200, answer: reviews.review },
  },
  answerReview: {
    ...{ method: 'post', path: '/api/reviews/{id}/answer', summary: 'Answer a request, once' },
    ...{ for: 'reviews', params: id, body: reviews.answer, status: 201, answer: reviews.review },
    ifMatch: true,
  },
  getPolicy: {
    ...{ method: 'get', path: '/api/policy', summary: 'The policy in force, in words, beside the AUP' },
    ...{ for: 'policy', status: 200, answer: policy.policyInForce },
  },
  listVersions: {
    ...{ method: 'get', path: '/api/policy/versions', summary: 'What was published, the last first' },
    ...{ for: 'policy', query: policy.versionsQuery, status: 200, answer: policy.versionsPage },
  },
  getVersion: {
    ...{ method: 'get', path: '/api/policy/versions/{id}', summary: 'The documents of a version' },
    ...{ for: 'policy', params: id, status: 200, answer: policy.policyDocuments },
  },
  getEmergency: {
    ...{ method: 'get', path: '/api/emergency', summary: 'What is put over the policy for a while' },
    ...{ for: 'signed-in', status: 200, answer: emergency.emergency },
  },
  floorOnly: {
    ...{ method: 'post', path: '/api/emergency/floor-only', summary: 'Drop to the locked rules' },
    ...{ for: 'floorOnly', body: emergency.floorOnlyAsked, status: 201, answer: emergency.emergency },
  },
  closeHost: {
    ...{ method: 'post', path: '/api/emergency/closed-hosts', summary: 'Close a site everywhere, at once' },
    ...{ for: 'close', body: emergency.closeAsked, status: 201, answer: emergency.emergency },
  },
  approveClosed: {
    ...{ method: 'post', path: '/api/emergency/{id}/approval', summary: 'Approve what somebody else closed' },
    ...{ for: 'close', params: id, status: 201, answer: emergency.emergency },
    ifMatch: true,
  },
  endEmergency: {
    ...{ method: 'delete', path: '/api/emergency/{id}', summary: 'End it before its time' },
    ...{ for: 'close', params: id, status: 200, answer: emergency.emergency },
    ifMatch: true,
  },
  listGrants: {
    ...{ method: 'get', path: '/api/grants', summary: 'What is opened for somebody for a while' },
    ...{ for: 'grants', status: 200, answer: grants.grants },
  },
  makeOverride: {
    ...{ method: 'post', path: '/api/grants/overrides', summary: 'Open a place for a person or a group' },
    ...{ for: 'grants', body: grants.overrideAsked, status: 201, answer: grants.made },
  },
  authoriseResearch: {
    ...{ method: 'post', path: '/api/grants/research', summary: 'Lift the floor for a colleague’s research' },
    ...{ for: 'grants', body: grants.researchAsked, status: 201, answer: grants.made },
  },
  endGrant: {
    ...{ method: 'delete', path: '/api/grants/{id}', summary: 'End one before its time' },
    ...{ for: 'grants', params: id, status: 200, answer: grants.grants },
  },
  why: {
    ...{ method: 'post', path: '/api/why', summary: 'What would be decided, and why' },
    ...{ for: 'why', body: why.question, status: 200, answer: why.answer },
  },
  findPerson: {
    ...{ method: 'get', path: '/api/people', summary: 'Who a login is: groups, schools, audiences' },
    ...{ for: 'people', query: why.personQuery, status: 200, answer: why.person },
  },
  health: {
    ...{ method: 'get', path: '/api/health', summary: 'What the doctor finds' },
    ...{ for: 'health', status: 200, answer: today.health },
  },
  settings: {
    ...{ method: 'get', path: '/api/settings', summary: 'How Hallpass is set up, without secrets' },
    ...{ for: 'settings', status: 200, answer: today.settings },
  },
} as const satisfies Readonly<Record<string, Route>>;

export type Operation = keyof typeof routes;

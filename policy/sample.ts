/**
 * What is kept of decisions so that a draft can be tried against them (`hallpass policy preview`): cells of requests that were
 * alike, each of at least five people, and nothing of any one of them. A query is never in it, nor a visit to crisis help.
 */
import type { Action } from './decision.ts';

/** Fewer people than this in a cell, and it is dropped before anything is written. */
export const fewestPeople = 5;

/** How many people, roughly; the bucket's smallest number. */
export const peopleBuckets = [5, 10, 25, 100, 500] as const;

export interface CellKey {
  /** Names of the audiences that its people are in, in the order of the document, parted by a space; empty for none. */
  readonly audiences: string;
  /** Whether that is all of them: false where nobody had asked who it was, and only the network told. */
  readonly known: boolean;
  readonly scheme: 'http' | 'https';
  readonly host: string;
  readonly port: number;
  /** `CONNECT` for a tunnel. */
  readonly method: string;
  /** Canonical, without query; empty for a tunnel. */
  readonly path: string;
  readonly action: Action;
}

export interface SampleCell extends CellKey {
  /** Epoch milliseconds at which the hour began. */
  readonly at: number;
  readonly count: number;
  /** One of {@link peopleBuckets}. */
  readonly people: number;
}

/** The bucket of a number of people; null for too few. */
export function bucketOf(people: number): number | null {
  return peopleBuckets.findLast((least) => people >= least) ?? null;
}

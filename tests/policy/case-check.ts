/** Asks a case of everything that decides: the fast path, its explanation, and the slow reference. */
import { expect } from 'vitest';
import { compileEdition } from '../../policy/compile/edition.ts';
import { openImage } from '../../policy/compile/image.ts';
import type { Image } from '../../policy/compile/image.ts';
import { decide } from '../../policy/decide.ts';
import { formatProblem } from '../../policy/errors.ts';
import { explain, formatTraceStep } from '../../policy/explain.ts';
import { parsePolicy } from '../../policy/model/parse.ts';
import { referenceDecide } from '../../policy/reference.ts';
import type { ReferenceSource } from '../../policy/reference.ts';
import type { Case, CaseFile } from './case-file.ts';
import { listsOf } from './reference-lists.ts';

export interface Deciders {
  readonly image: Image;
  readonly source: ReferenceSource;
}

type Documents = Pick<CaseFile, 'documents' | 'lists'>;

/** Throws with the problems of the policy, and of any line of a list that cannot be used. */
export function decidersOf({ documents, lists }: Documents): Deciders {
  const edition = compileEdition(documents, lists);
  if (!edition.ok) throw new Error(edition.problems.map(formatProblem).join('\n'));
  if (edition.warnings.length > 0) throw new Error(edition.warnings.map(formatProblem).join('\n'));
  const parsed = parsePolicy(documents.policy, 'policy.yaml');
  if (!parsed.ok) throw new Error(parsed.problems.map(formatProblem).join('\n'));
  return { image: openImage(edition.image), source: { policy: parsed.value, ...listsOf(lists) } };
}

export function check({ image, source }: Deciders, each: Case): void {
  const { facts, subject, grants, emergency, at } = each;
  const { refused, trace, untold, ...expected } = each.expect;
  if (!facts.ok || refused !== undefined) {
    expect(facts).toEqual({ ok: false, code: refused });
    return;
  }
  const now = image.under(emergency);
  const decision = decide(now, facts.facts, subject, grants, at);
  expect(decision).toMatchObject(named(expected));
  expect(decision).toEqual(referenceDecide({ ...source, emergency }, facts.facts, subject, grants, at));
  const explained = explain(now, facts.facts, subject, grants, at);
  expect(explained.decision).toEqual(decision);
  const lines = explained.trace.map(formatTraceStep);
  for (const text of trace) expect(lines.join('\n'), 'the trace').toContain(text);
  for (const text of untold) expect(lines.join('\n'), 'the trace').not.toContain(text);
}

const named = (expected: object) =>
  Object.fromEntries(Object.entries(expected).filter(([, value]) => value !== undefined));

/** The fast decide and the slow reference say the same of random districts. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileEdition } from '../../policy/compile/edition.ts';
import { openImage } from '../../policy/compile/image.ts';
import { decide } from '../../policy/decide.ts';
import { parsePolicy } from '../../policy/model/parse.ts';
import { referenceDecide } from '../../policy/reference.ts';
import { at, emergency, facts, grants, lists, policyDocument, subject } from './random.ts';
import { listsOf } from './reference-lists.ts';

/** Policies; each is asked twenty times. */
const runs = Number(process.env['FUZZ_RUNS'] ?? 1_000);
const aup = '---\ntitle: Empty\nadopted: 2026-08-01\nlanguage: en\n---\n### 1 One {#one}\n\nText.\n';

const question = policyDocument.chain((document) =>
  fc.record({
    document: fc.constant(document),
    list: lists,
    asked: fc.array(
      fc
        .record({ facts, subject, at })
        .chain((each) => grants(each.at, each.facts.host, each.subject).map((live) => ({ ...each, live }))),
      { minLength: 20, maxLength: 20 },
    ),
  }),
);

test('decide equals the reference', { timeout: 30_000 + runs * 500 }, () => {
  fc.assert(
    fc.property(question, emergency, ({ document, list, asked }, put) => {
      const text = JSON.stringify(document);
      const parsed = parsePolicy(text, 'random.yaml');
      const compiled = compileEdition({ policy: text, aup: [aup] }, list);
      if (!parsed.ok || !compiled.ok) throw new Error(JSON.stringify({ parsed, compiled }, null, 1));
      const image = openImage(compiled.image).under(put);
      for (const { facts: of, subject: who, at: when, live } of asked) {
        const source = { policy: parsed.value, ...listsOf(list), emergency: put };
        expect(decide(image, of, who, live, when)).toEqual(referenceDecide(source, of, who, live, when));
      }
    }),
    { numRuns: runs },
  );
});

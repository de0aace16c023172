/** What a record keeps is enough: of random districts, the decision that is made again from it is the recorded one. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileEdition } from '../../../policy/compile/edition.ts';
import { openImage } from '../../../policy/compile/image.ts';
import { decide } from '../../../policy/decide.ts';
import { originOf } from '../../../policy/facts.ts';
import { keep } from '../../../policy/replay/keep.ts';
import { keptText, readKept } from '../../../policy/replay/kept.ts';
import { emergencyOf, replay } from '../../../policy/replay/replay.ts';
import type { RequestFacts } from '../../../policy/request.ts';
import { at, emergency, facts, grants, lists, policyDocument, subject } from '../random.ts';

const runs = Number(process.env['FUZZ_RUNS'] ?? 100);
const aup = '---\ntitle: Empty\nadopted: 2026-08-01\nlanguage: en\n---\n### 1 One {#one}\n\nText.\n';

const question = policyDocument.chain((document) =>
  fc.record({
    document: fc.constant(document),
    list: lists,
    put: emergency,
    asked: fc.array(
      fc
        .record({ facts, subject, at })
        .chain((each) => grants(each.at, each.facts.host, each.subject).map((live) => ({ ...each, live }))),
      { minLength: 1, maxLength: 20 },
    ),
  }),
);

const urlOf = (of: RequestFacts): string => originOf(of) + (typeof of.url === 'string' ? '' : of.url.rawPath);
/** What random requests hold that nobody may keep. */
const secrets = ['q=1', 'v=1&t=2', 'old', 'Mozilla/5.0', '10.0.0.1"'];

test('a record is decided again as it was', { timeout: 30_000 + runs * 500 }, () => {
  fc.assert(
    fc.property(question, ({ document, list, put, asked }) => {
      const compiled = compileEdition({ policy: JSON.stringify(document), aup: [aup] }, list);
      if (!compiled.ok) throw new Error(JSON.stringify(compiled, null, 1));
      const bare = openImage(compiled.image);
      const image = bare.under(put);
      for (const { facts: of, subject: who, at: when, live } of asked) {
        const decision = decide(image, of, who, live, when);
        const kept = keep({ image, facts: of, subject: who, grants: live, decision, at: when });
        if (decision.tier === 'crisis' || decision.tier === 'testing') {
          expect(kept).toBeNull();
          continue;
        }
        const text = kept === null ? null : keptText(kept);
        const read = readKept(text);
        if (read === null || text === null) throw new Error('nothing was kept');
        for (const secret of secrets) expect(text).not.toContain(secret);
        const record = {
          ...{ url: urlOf(of), ip: who.ip, at: when },
          method: typeof of.url === 'string' ? 'CONNECT' : of.url.method,
          person: typeof who.identity === 'string' ? null : who.identity.key,
        };
        const again = replay(bare.under(emergencyOf(read)), record, read, true)?.decision;
        const { action, rule, tier, clause, enforced, inner, log, grantsUsed } = decision;
        expect(again).toMatchObject({ action, rule, tier, clause, enforced, inner, log, grantsUsed });
      }
    }),
    { numRuns: runs },
  );
});

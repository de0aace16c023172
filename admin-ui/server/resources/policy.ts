/** The policy in force, in words, beside the AUP that it enforces; and what was published before. */
import { Router } from 'express';
import type { z } from 'zod';
import { defaultSentence, exemptSentence, ruleSentence } from '../../../policy/sentences.ts';
import type { Policy, Rule } from '../../../policy/model/policy.ts';
import { textIn } from '../../../policy/model/text.ts';
import type { policyInForce, ruleInWords } from '../../api/policy.ts';
import { routes } from '../../api/routes.ts';
import { operation, sent } from '../operation.ts';
import type { AdminParts } from '../parts.ts';
import { parsedPolicy } from '../policy-text.ts';
import type { ParsedPolicy } from '../policy-text.ts';
import { refuse } from '../problem.ts';
import type { Gate } from '../session/gate.ts';
import { iso } from '../times.ts';

type RuleInWords = z.input<typeof ruleInWords>;

export function policyRouter(parts: AdminParts, gate: Gate): Router {
  const router = Router();
  operation(router, gate, routes.getPolicy, async ({ request, response }) => {
    const { id, since, documents } = parts.policy.current();
    response.set('ETag', `"${id.edition}"`);
    if (request.get('if-none-match') === `"${id.edition}"`) {
      response.status(304).end();
      return sent;
    }
    const parsed = parsedPolicy(documents);
    if (parsed === null) throw new Error('the policy in force does not parse');
    const { edition, policyVersion, aupVersion } = id;
    return { ...inWords(parsed), edition, policyVersion, aupVersion, since: iso(since) };
  });
  operation(router, gate, routes.listVersions, async ({ query }) => versions(parts, query));
  operation(router, gate, routes.getVersion, async ({ params: { id } }) => {
    const documents = await parts.policy.documents(id);
    if (documents === null) throw refuse(404, 'unknown', 'no policy of this version was published');
    return { id, policy: documents.policy, aup: [...documents.aup] };
  });
  return router;
}

async function versions(
  { policy }: AdminParts,
  { cursor, limit }: { readonly cursor?: string | undefined; readonly limit: number },
) {
  const all = await policy.publications();
  const { edition } = policy.current().id;
  // Counted from the first, so that a page stays what it is when something is published.
  const start = cursor === undefined ? all.length : Math.min(Number(cursor), all.length);
  const current = all.findIndex((each) => each.edition === edition);
  const items = all.slice(all.length - start, all.length - start + limit).map((each, i) => {
    const { policyVersion, aupVersion, at, by, note, cause } = each;
    const isCurrent = all.length - start + i === current;
    return {
      ...{ policyVersion, aupVersion, edition: each.edition, at: iso(at) },
      ...{ by, note, cause, current: isCurrent },
    };
  });
  const left = start - items.length;
  return { items, next: left > 0 ? String(left) : null };
}

function inWords({
  policy,
  aup,
}: ParsedPolicy): Omit<z.input<typeof policyInForce>, 'edition' | 'policyVersion' | 'aupVersion' | 'since'> {
  const rules = rulesInWords(policy);
  const [{ title, adopted, clauses }] = aup.texts;
  return {
    ...{ title: policy.title, mode: policy.mode, timeZone: policy.timeZone, rules },
    aup: {
      ...{ title, adopted },
      clauses: clauses.map(({ id, number, title: heading, text, child }) => ({
        ...{ id, number, title: heading, text, child },
        rules: rules.filter(({ clause }) => clause === id).map((rule) => rule.id),
      })),
    },
  };
}

/** In the order of precedence. */
function rulesInWords(policy: Policy): RuleInWords[] {
  const exempt = (['crisis', 'testing'] as const)
    .filter((tier) => policy[tier].categories.length + policy[tier].hosts.length > 0)
    .map((tier): RuleInWords => {
      const title = tier === 'crisis' ? 'Help in a crisis' : 'Tests and applications';
      const words = { title, publicTitle: title, sentence: exemptSentence(policy, tier) };
      return { id: tier, tier, action: 'allow', ...words, clause: null, noClause: 'Always open' };
    });
  const { publicTitle, clause = null, noClause = null, action } = policy.default;
  return [
    ...exempt,
    ...policy.illegal.map((rule) => ruleIn(policy, rule, 'illegal')),
    ...policy.locked.map((rule) => ruleIn(policy, rule, 'locked')),
    ...policy.rules.map((rule) => ruleIn(policy, rule, 'ordered')),
    {
      ...{ id: 'default', tier: 'default', action, clause, noClause, title: 'Everything else' },
      ...{ publicTitle: textIn(publicTitle, ['en']), sentence: defaultSentence(policy) },
    },
  ];
}

function ruleIn(policy: Policy, rule: Rule, tier: 'illegal' | 'locked' | 'ordered'): RuleInWords {
  const { id, title, action, publicTitle, clause = null, noClause = null } = rule;
  const words = { publicTitle: textIn(publicTitle, ['en']), sentence: ruleSentence(policy, rule) };
  return { id, title, tier, action, clause, noClause, ...words };
}

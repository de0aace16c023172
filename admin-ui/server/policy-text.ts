/** Published documents, parsed. What was published did parse; the last few are kept, since every page asks for them. */
import { LRUCache } from 'lru-cache';
import type { PolicyDocuments } from '../../policy/edition.ts';
import type { Aup } from '../../policy/model/aup.ts';
import { parseAups } from '../../policy/model/parse-aup.ts';
import { parsePolicy } from '../../policy/model/parse.ts';
import type { Policy } from '../../policy/model/policy.ts';

export interface ParsedPolicy {
  readonly policy: Policy;
  readonly aup: Aup;
}

const kept = new LRUCache<string, ParsedPolicy>({ max: 8 });

/** Null where a newer Hallpass reads them differently. */
export function parsedPolicy(documents: PolicyDocuments): ParsedPolicy | null {
  const key = `${documents.policy}\0${documents.aup.join('\0')}`;
  const known = kept.get(key);
  if (known !== undefined) return known;
  const aup = parseAups(documents.aup.map((text, i) => ({ text, file: `aup.${String(i + 1)}.md` })));
  if (!aup.ok) return null;
  const policy = parsePolicy(documents.policy, 'policy.yaml', aup.aup);
  if (!policy.ok) return null;
  const parsed = { policy: policy.value, aup: aup.aup };
  kept.set(key, parsed);
  return parsed;
}

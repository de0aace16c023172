/** Names of editions and of what they are made of, by content. */
import { createHash } from 'node:crypto';
import type { EditionId, ListInput, PolicyDocuments } from '../edition.ts';

/** Increases whenever the engine decides the same documents differently. */
export const ENGINE_VERSION = 3;

/** Lengths stand before the parts, so that no two lists of parts have one digest. */
function digest(parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  return hash.digest('hex').slice(0, 16);
}

export function editionId(documents: PolicyDocuments, lists: readonly ListInput[]): EditionId {
  const policyVersion = `p-${digest([documents.policy, ...documents.aup])}`;
  const aupVersion = `a-${digest(documents.aup)}`;
  const sorted = lists.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const digests = Object.fromEntries(
    sorted.map((list) => [list.name, 'text' in list ? digest([list.text]) : list.digest]),
  );
  const all = [policyVersion, aupVersion, String(ENGINE_VERSION), ...Object.entries(digests).flat()];
  return {
    edition: `e-${digest(all)}`,
    policyVersion,
    aupVersion,
    lists: digests,
    engineVersion: ENGINE_VERSION,
  };
}

/** The portal, joined to what it asks of the house. */
import { parseBasic } from '../proxy/identity/basic.ts';
import type { Directory } from '../directory/sign-in.ts';
import type { Image } from '../policy/compile/image.ts';
import { parseAups } from '../policy/model/parse-aup.ts';
import type { Aup } from '../policy/model/aup.ts';
import { parsedPolicy } from '../admin-ui/server/policy-text.ts';
import type { AupVersion } from '../portal/parts.ts';
import type { VisitorSignIn } from '../portal/listener.ts';
import type { PortalOptions } from '../portal/options.ts';
import { Portal } from '../portal/portal.ts';
import type { RuleWords } from '../portal/records.ts';
import type { Repository } from '../store/repository/repository.ts';
import type { ControlConfig } from './config.ts';
import type { Proxies } from './proxies.ts';
import type { QueryClient } from './query.ts';

export interface PortalSources {
  readonly config: ControlConfig;
  /** In force. */
  readonly image: () => Image;
  readonly repository: Repository;
  readonly proxies: Proxies;
  readonly query: QueryClient;
  readonly onError: (error: unknown) => void;
}

export function createPortal(sources: PortalSources): Portal {
  const { config, repository, proxies, query, onError } = sources;
  const pages = structuredClone(config.pages) as ConstructorParameters<typeof Portal>[0]['pages'];
  return new Portal({
    pages,
    portal: structuredClone(config.portal) as PortalOptions,
    retention: config.store.retention,
    formKey: config.formKey,
    image: sources.image,
    aup: {
      versions: () => aupVersions(repository),
      version: (id) => aupVersion(repository, id),
    },
    records: {
      own: (person, after, limit) => query.remote.ownBlocks(person, after, limit),
      one: (person, id) => query.remote.ownBlock(person, id),
      newestTunnel: (person, since) => query.remote.newestTunnel(person, since),
    },
    earlierRule: (version, rule) => earlierRule(repository, version, rule),
    acts: repository.acts,
    grant: async (grant) => void (await proxies.grant([grant])),
    onError,
  });
}

/** Each text that was in force, as it was last; the last first. */
export async function aupVersions(
  repository: Pick<Repository, 'listPublications'>,
): Promise<readonly AupVersion[]> {
  // The publications from the last to the first: a run of the same text began with the oldest of the run.
  const runs: AupVersion[] = [];
  for (const { aupVersion: id, at } of await repository.listPublications()) {
    const after = runs.at(-1);
    if (after?.id === id) runs[runs.length - 1] = { ...after, since: at };
    else runs.push({ id, since: at, until: after?.since ?? null });
  }
  return runs.filter(({ id }, index) => runs.findIndex((each) => each.id === id) === index);
}

async function aupVersion(repository: Repository, id: string): Promise<Aup | null> {
  const publications = await repository.listPublications();
  const publication = publications.find(({ aupVersion: each }) => each === id);
  if (publication === undefined) return null;
  const version = await repository.policyVersion(publication.policyVersion);
  if (version === null) return null;
  const read = parseAups(version.documents.aup.map((text, i) => ({ text, file: `aup.${String(i + 1)}.md` })));
  return read.ok ? read.aup : null;
}

/** What a stored policy says of a rule; nobody goes on past a notice by a rule that is not in force. */
export async function earlierRule(
  repository: Pick<Repository, 'policyVersion'>,
  version: string,
  id: string,
): Promise<RuleWords | null> {
  const stored = await repository.policyVersion(version);
  const policy = stored === null ? undefined : parsedPolicy(stored.documents)?.policy;
  if (policy === undefined) return null;
  const { illegal, locked, rules, categories } = policy;
  const { uncategorised } = policy.default;
  if (id === 'uncategorised' && uncategorised !== undefined)
    return { publicTitle: uncategorised.publicTitle, publicClause: null, sensitive: false, continue: null };
  const rule = [...illegal, ...locked, ...rules].find((each) => each.id === id);
  if (rule === undefined) return null;
  const sensitive = rule.match.categories.some((name) => categories[name]?.sensitive === true);
  const { publicTitle, publicClause = null } = rule;
  return { publicTitle, publicClause, sensitive, continue: null };
}

/** Sign-in at the portal's own address: the same passwords, and the same limits, as at the proxy. */
export async function visitorSignIn(
  directory: Directory,
  field: string | null,
  ip: string,
): Promise<VisitorSignIn> {
  const credentials = field === null ? null : parseBasic(field);
  if (credentials === null) return { kind: 'unknown', retryAfter: 0 };
  const signIn = await directory.signIn({ ...credentials, ip });
  switch (signIn.kind) {
    case 'verified':
      return { kind: 'verified', person: signIn.person };
    case 'rejected':
      return { kind: 'unknown', retryAfter: signIn.retryAfter };
    case 'busy':
      return signIn;
    case 'unavailable':
      return signIn;
  }
}

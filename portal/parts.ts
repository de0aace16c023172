/** What the portal is made of: everything that it asks of the rest of the house. */
import type { Image } from '../policy/compile/image.ts';
import type { ContinueGrant } from '../policy/decision.ts';
import type { Aup } from '../policy/model/aup.ts';
import type { Person } from '../policy/subject.ts';
import type { Block } from '../store/blocks.ts';
import type { OwnBlocks } from '../store/own-blocks.ts';
import type { Acts } from '../store/repository/acts.ts';
import type { PortalOptions } from './options.ts';
import type { RuleWords } from './records.ts';
import type { PagesOptions } from '../pages/options.ts';

/** A request as the proxy or the portal's own listener hands it over. */
export interface PortalRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly contentType: string | null;
  readonly acceptLanguage: string | null;
  readonly body: Uint8Array;
  readonly ip: string;
  /** Null: nobody is signed in. */
  readonly person: Person | null;
  readonly signedInBy: 'proxy' | 'portal';
}

/** A version of the AUP, as its history lists it. */
export interface AupVersion {
  readonly id: string;
  /** Epoch milliseconds. */
  readonly since: number;
  /** Epoch milliseconds; null of the one in force. */
  readonly until: number | null;
}

export interface PortalParts {
  readonly pages: PagesOptions;
  readonly portal: PortalOptions;
  /** Milliseconds. */
  readonly retention: number;
  /** Opens the forms of block pages, and seals those of the portal. */
  readonly formKey: Uint8Array;
  /** Of the edition in force. */
  readonly image: () => Image;
  readonly aup: {
    /** What was in force, the last first. */
    versions(): Promise<readonly AupVersion[]>;
    version(id: string): Promise<Aup | null>;
  };
  readonly records: {
    own(person: string, after: string | null, limit: number): Promise<OwnBlocks>;
    one(person: string, id: string): Promise<Block | null>;
    newestTunnel(person: string, since: number): Promise<Block | null>;
  };
  /** Of a policy that is not in force any more; null where it is not stored, or has no such rule. */
  readonly earlierRule: (policyVersion: string, rule: string) => Promise<RuleWords | null>;
  readonly acts: Pick<Acts, 'addReview' | 'addGrant' | 'reviewsOf'>;
  /** Resolves when every proxy thread goes by it. */
  readonly grant: (grant: ContinueGrant) => Promise<void>;
  /** Told of what failed inside while a request was answered. */
  readonly onError: (error: unknown) => void;
  /** Epoch milliseconds. */
  readonly now?: () => number;
}

/** Records as their own person may see them, in the words of the policy of now. */
import type { Image, RuleInfo } from '../policy/compile/image.ts';
import { textIn } from '../policy/model/text.ts';
import type { Block } from '../store/blocks.ts';

/** What may be said of a rule. */
export type RuleWords = Pick<RuleInfo, 'publicTitle' | 'publicClause' | 'sensitive' | 'continue'>;

export interface Reader {
  readonly languages: readonly string[];
  /** Whether clauses are in a child's words, where there are some. */
  readonly young: boolean;
}

/** A clause as it is shown beside a record. */
export interface ShownClause {
  readonly number: string;
  readonly title: string;
  readonly text: string;
  /** ISO date; null where it is not known any more. */
  readonly adopted: string | null;
}

export interface ShownRecord {
  readonly block: Block;
  /** What the rule says to those who meet it; null where nobody knows any more, and then no clause is shown. */
  readonly title: string | null;
  readonly clause: ShownClause | null;
  /** Milliseconds for which going on past the notice holds; null where nobody can go on. */
  readonly continue: number | null;
}

/** A rule of the policy in force, or null: a record may be of an earlier one. */
export function ruleOf(image: Image, id: string): RuleWords | null {
  try {
    return image.ruleInfo(id);
  } catch {
    return null;
  }
}

/**
 * A sensitive category shows on its own person's screen only what the public names say, since somebody may look over
 * their shoulder. Of a rule that is not known nobody can tell, so that nothing of it is shown.
 */
export function shown(image: Image, block: Block, rule: RuleWords | null, reader: Reader): ShownRecord {
  if (rule === null) return { block, title: null, clause: null, continue: null };
  const title = textIn(rule.publicTitle, reader.languages);
  const lasts = block.action === 'warn' ? rule.continue : null;
  return { block, title, clause: clauseOf(image, block, rule, reader), continue: lasts };
}

function clauseOf(image: Image, block: Block, rule: RuleWords, reader: Reader): ShownClause | null {
  const id = rule.sensitive ? rule.publicClause : block.clause;
  if (id === null) return null;
  const known = image.clause(id, reader.languages);
  // What the record keeps is the text of that time; it is in the language of adoption.
  if (!rule.sensitive && block.clauseText !== null && block.clauseText !== adoptedText(image, id))
    return { number: known?.number ?? id, title: known?.title ?? id, text: block.clauseText, adopted: null };
  if (known === null) return null;
  const { number, title, text, child, adopted } = known;
  return { number, title, text: reader.young ? (child ?? text) : text, adopted };
}

const adoptedText = (image: Image, id: string): string | null => image.adoptedClause(id)?.text ?? null;

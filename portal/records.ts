/** Records as their own person may see them, in the words of the policy of now. */
import type { Image } from '../policy/compile/image.ts';
import { textIn } from '../policy/model/text.ts';
import type { Block } from '../store/blocks.ts';

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
  /** What the rule says to those who meet it; null where the policy of now has no such rule. */
  readonly title: string | null;
  readonly clause: ShownClause | null;
  /** Milliseconds for which going on past the notice holds; null where nobody can go on. */
  readonly continue: number | null;
}

/** A rule of the policy in force, or null: a record may be of an earlier one. */
function ruleOf(image: Image, id: string) {
  try {
    return image.ruleInfo(id);
  } catch {
    return null;
  }
}

/**
 * A sensitive category shows on its own person's screen only what the public names say, since somebody may look over
 * their shoulder.
 */
export function shown(image: Image, block: Block, languages: readonly string[]): ShownRecord {
  const rule = ruleOf(image, block.rule);
  const title = rule === null ? null : textIn(rule.publicTitle, languages);
  const lasts = rule?.action === 'warn' && block.action === 'warn' ? rule.continue : null;
  return { block, title, clause: clauseOf(image, block, languages), continue: lasts };
}

function clauseOf(image: Image, block: Block, languages: readonly string[]): ShownClause | null {
  const rule = ruleOf(image, block.rule);
  const id = rule?.sensitive === true ? rule.publicClause : block.clause;
  if (id === null) return null;
  const known = image.clause(id, languages);
  // What the record keeps is the text of that time; it is in the language of adoption.
  if (rule?.sensitive !== true && block.clauseText !== null && block.clauseText !== adoptedText(image, id))
    return { number: known?.number ?? id, title: known?.title ?? id, text: block.clauseText, adopted: null };
  return known === null ? null : known;
}

const adoptedText = (image: Image, id: string): string | null => image.adoptedClause(id)?.text ?? null;

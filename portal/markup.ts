/** HTML by tagged templates: whatever is put into one is escaped, unless it is HTML made the same way. */
import { escapeHtml } from '../pages/html.ts';

export class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Part = string | number | Markup | null | readonly (Markup | null)[];

/** `null` is nothing, a list is its items one after another. Attribute values must stand in quotes. */
export function html(literals: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  let text = literals[0] ?? '';
  for (const [index, part] of parts.entries()) text += write(part) + (literals[index + 1] ?? '');
  return new Markup(text);
}

/** Text that is HTML already, such as what pages/html.ts made. */
export const raw = (text: string): Markup => new Markup(text);

function write(part: Part): string {
  if (part === null) return '';
  if (part instanceof Markup) return part.text;
  if (typeof part === 'string') return escapeHtml(part);
  if (typeof part === 'number') return String(part);
  return part.map(write).join('');
}

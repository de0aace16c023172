/** Reads LDIF content records (RFC 2849): folded lines, comments, base64; nothing else, and what is else is an error. */

export interface LdifEntry {
  readonly dn: string;
  /** Attribute in lower case → its name as written and its values. */
  readonly attributes: ReadonlyMap<string, { readonly name: string; readonly values: readonly string[] }>;
}

/** @throws SyntaxError with the line, when the text is not such LDIF */
export const parseLdif = (text: string): readonly LdifEntry[] => {
  const entries: LdifEntry[] = [];
  let current: { dn: string; attributes: Map<string, { name: string; values: string[] }> } | null = null;
  for (const { line, number } of unfold(text)) {
    if (line === '') {
      if (current !== null) entries.push(current);
      current = null;
      continue;
    }
    const { name, value } = parseLine(line, number);
    if (current === null) {
      if (name.toLowerCase() === 'version' && entries.length === 0) continue;
      if (name.toLowerCase() !== 'dn')
        throw problem(number, `a record begins with \`dn:\`, not with \`${name}:\``);
      current = { dn: value, attributes: new Map() };
      continue;
    }
    if (/^(dn|changetype|control)$/i.test(name))
      throw problem(number, `\`${name}:\` has no place inside a record`);
    const attribute = current.attributes.get(name.toLowerCase());
    if (attribute === undefined) current.attributes.set(name.toLowerCase(), { name, values: [value] });
    else attribute.values.push(value);
  }
  return entries;
};

/** Logical lines with the number of their first one; comments gone, an empty line at the very end. */
const unfold = (text: string): { line: string; number: number }[] => {
  const lines: { line: string; number: number }[] = [];
  for (const [index, line] of text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    const last = lines.at(-1);
    if (!line.startsWith(' ')) lines.push({ line, number: index + 1 });
    else if (last === undefined || last.line === '')
      throw problem(index + 1, 'a continued line continues nothing');
    else last.line += line.slice(1);
  }
  return [...lines.filter(({ line }) => !line.startsWith('#')), { line: '', number: lines.length + 1 }];
};

const parseLine = (line: string, number: number): { name: string; value: string } => {
  const [, name, mark, rest] = /^([A-Za-z][A-Za-z0-9-]*(?:;[A-Za-z0-9-]+)*):([:<]?) *(.*)$/s.exec(line) ?? [];
  if (name === undefined || rest === undefined) throw problem(number, 'expected `attribute: value`');
  if (mark === '<') throw problem(number, 'values by URL are not read');
  return { name, value: mark === ':' ? decode(rest, number) : rest };
};

const decode = (base64: string, number: number): string => {
  const octets = Buffer.from(base64, 'base64');
  if (octets.toString('base64') !== base64.trim()) throw problem(number, 'a value after `::` is base64');
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(octets);
  } catch {
    throw problem(number, 'a value after `::` is UTF-8 in base64');
  }
};

const problem = (line: number, what: string) => new SyntaxError(`LDIF line ${line}: ${what}`);

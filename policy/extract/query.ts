/** Queries and form bodies (`a=1&b=2`), read as leniently as any server might. */

/** One round of percent-decoding, as UTF-8; what is no triple stays. */
export function percentDecoded(text: string): string {
  if (!text.includes('%')) return text;
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (triples) =>
    Buffer.from(triples.replaceAll('%', ''), 'hex').toString('utf8'),
  );
}

/**
 * The values of the parameters that `names` (lower case) names, still encoded, in the order of the query. `q[]=` and
 * `q[0]=` are a `q`; a part behind `;` is one too, for those who divide there.
 */
export function valuesOf(query: string, names: readonly string[]): string[] {
  const values: string[] = [];
  if (names.length === 0) return values;
  for (const pair of query.split('&')) {
    add(pair, names, values);
    if (pair.includes(';')) for (const part of pair.split(';').slice(1)) add(part, names, values);
  }
  return values;
}

function add(pair: string, names: readonly string[], values: string[]): void {
  const equals = pair.indexOf('=');
  if (equals <= 0) return;
  const name = percentDecoded(pair.slice(0, equals)).trim().toLowerCase();
  if (names.includes(name) || names.includes(name.replace(/\[.*$/, ''))) values.push(pair.slice(equals + 1));
}

/** A value that people read: `+` is a blank, triples at every depth and `%u0063` their characters. */
export function textOf(value: string): string {
  let text = value.replaceAll('+', ' ');
  for (let round = 0; round < 5 && text.includes('%'); round++) {
    const once = percentDecoded(text).replace(/%u([0-9a-f]{4})/gi, (_, code: string) =>
      String.fromCharCode(Number.parseInt(code, 16)),
    );
    if (once === text) break;
    text = once;
  }
  return text;
}

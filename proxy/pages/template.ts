/**
 * Templates, prepared once at load: literals and the names of the holes between them, alternating, literal first.
 * A hole is written `{name}`. Filling one is a concatenation; nothing is parsed per request.
 */
export interface Template {
  readonly literals: readonly string[];
  readonly holes: readonly string[];
}

/** Values by hole name, already escaped for where they go. A hole without a value is left empty. */
export type Values = Readonly<Record<string, string>>;

const hole = /\{([A-Za-z]+)\}/;

export function prepare(source: string): Template {
  const parts = source.split(hole);
  return Object.freeze({
    literals: parts.filter((_, index) => index % 2 === 0),
    holes: parts.filter((_, index) => index % 2 === 1),
  });
}

export function fill(template: Template, values: Values): string {
  const { literals, holes } = template;
  let filled = literals[0] ?? '';
  for (let index = 0; index < holes.length; index++) {
    filled += (values[holes[index] ?? ''] ?? '') + (literals[index + 1] ?? '');
  }
  return filled;
}

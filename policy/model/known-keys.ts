/** Which keys a schema knows at a path: what a hint about an unknown key needs. */
import type { z } from 'zod';

interface Definition {
  readonly type: string;
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly element?: z.ZodType;
  readonly valueType?: z.ZodType;
  readonly innerType?: z.ZodType;
  readonly in?: z.ZodType;
  readonly options?: readonly z.ZodType[];
}

/** The keys of every object that `schema` allows at `path`. */
export function knownKeys(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  const def = schema.def as unknown as Definition;
  const wrapped = def.innerType ?? def.in;
  if (wrapped !== undefined) return knownKeys(wrapped, path);
  if (def.options !== undefined) return def.options.flatMap((option) => knownKeys(option, path));
  const [key, ...rest] = path;
  if (key === undefined) return Object.keys(def.shape ?? {});
  const inner = def.shape?.[String(key)] ?? def.element ?? def.valueType;
  return inner === undefined ? [] : knownKeys(inner, rest);
}

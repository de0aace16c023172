/** How questions over the control socket are read. */
import type { Request } from 'express';
import type { z } from 'zod';
import { issuesInWords } from '../policy/model/issues.ts';
import { ControlError } from './errors.ts';
import { atCommandLine, operatorHeader } from './views.ts';

/** @throws ControlError `bad-question` saying of everything that is wrong how to mend it */
export function read<T extends z.ZodType>(schema: T, input: unknown): z.output<T> {
  const parsed = schema.safeParse(input, { reportInput: true });
  if (parsed.success) return parsed.data;
  throw new ControlError('bad-question', issuesInWords(parsed.error.issues, schema).join('; '));
}

/** Name in the audit trail of whoever asks. */
export const operatorOf = (request: Request): string => atCommandLine(request.get(operatorHeader) ?? '');

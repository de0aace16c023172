/** How questions over the control socket are read. */
import type { Request } from 'express';
import type { z } from 'zod';
import { ControlError } from './errors.ts';
import { atCommandLine, operatorHeader } from './views.ts';

/** @throws ControlError `bad-question` naming what is wrong first */
export function read<T extends z.ZodType>(schema: T, input: unknown): z.output<T> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue === undefined || issue.path.length === 0 ? '' : `\`${issue.path.join('.')}\`: `;
  throw new ControlError('bad-question', `${where}${issue?.message ?? 'not understood'}`);
}

/** Name in the audit trail of whoever asks. */
export const operatorOf = (request: Request): string => atCommandLine(request.get(operatorHeader) ?? '');

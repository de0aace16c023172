/**
 * The structured log: JSON lines on standard error, written synchronously so that a crash loses none. What any client
 * can cause as often as it likes goes through a `LineLimit` (line-limit.ts). Secrets and query strings are taken out
 * here, whoever logs them.
 */
import { pino } from 'pino';
import type { DestinationStream, Logger } from 'pino';

export type Log = Logger;

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

export interface LogOptions {
  /** Of the thread, in every line. */
  readonly thread: string;
  readonly level: LogLevel;
  /** Standard error unless given. */
  readonly destination?: DestinationStream;
}

export function createLog({ thread, level, destination }: LogOptions): Log {
  return pino(
    {
      level,
      base: { thread },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: plainError },
      hooks: {
        logMethod(args, method) {
          method.apply(this, args.map((arg) => scrub(arg, '', 0)) as typeof args);
        },
      },
    },
    destination ?? pino.destination({ dest: 2, sync: true }),
  );
}

const secret = /password|passwd|secret|authorization|cookie|token|privatekey|^key$/i;
const address = /^(url|uri|target|path|referer|location)$/i;
const queryOfUrl = /(\b[a-z][a-z0-9+.-]*:\/\/[^\s?#"'`]*)[?#][^\s"'`]*/gi;
const userinfoOfUrl = /(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/?#"'`@]*@/gi;
const censored = '[removed]';
const deepest = 8;

/** A copy without secrets and query strings; what is not plain data is left as it is. */
function scrub(value: unknown, key: string, depth: number): unknown {
  if (key !== '' && secret.test(key) && value !== undefined && value !== null) return censored;
  if (typeof value === 'string') return scrubText(address.test(key) ? cut(value) : value);
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Error) return depth === 0 ? { err: plainError(value) } : plainError(value);
  if (depth === deepest) return '[deeper]';
  if (Array.isArray(value)) return value.map((item) => scrub(item, key, depth + 1));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, scrub(inner, name, depth + 1)]),
  );
}

const cut = (text: string): string => text.replace(/[?#].*$/s, '');

const scrubText = (text: string): string => text.replace(queryOfUrl, '$1').replace(userinfoOfUrl, '$1');

/** Type, code, message and stack; other properties of errors may hold anything, such as the request that failed. */
function plainError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  const stack = error.stack === undefined ? {} : { stack: scrubText(error.stack) };
  return { type: error.name, ...code, message: scrubText(error.message), ...stack };
}

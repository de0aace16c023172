/** What the process ends with, so that a service manager knows what to do next. */

/** sysexits.h: a service manager such as systemd tells by them what is worth another try. */
export const exitCodes = { clean: 0, internal: 70, unavailable: 75, config: 78 } as const;

const codesOf: Readonly<Record<string, number>> = {
  config: exitCodes.config,
  'address-refused': exitCodes.config,
  'bad-file': exitCodes.config,
  'bad-policy': exitCodes.config,
  'directory/bad-file': exitCodes.config,
  'directory/bad-options': exitCodes.config,
  'address-in-use': exitCodes.unavailable,
  'store-in-use': exitCodes.unavailable,
  'socket-in-use': exitCodes.unavailable,
  EADDRINUSE: exitCodes.unavailable,
  'store-full': exitCodes.unavailable,
  'store-locked': exitCodes.unavailable,
  'store-io': exitCodes.unavailable,
  'store-damaged': exitCodes.config,
  'restore-unfinished': exitCodes.config,
};

/** What the process should exit with after the start has thrown. */
export function exitCodeOf(error: unknown): number {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return codesOf[code] ?? exitCodes.internal;
}

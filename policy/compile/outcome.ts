/** What asking a condition can bring: {@link NO_MATCH}, 0 for a match, or the bits of the facts that would tell. */
export const NO_MATCH = -1;

/** Needs as bits, so that collecting them allocates nothing. */
export const NEED_IDENTITY = 1;
export const NEED_URL = 2;
export const NEED_RESPONSE = 4;

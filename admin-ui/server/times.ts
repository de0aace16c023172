/** Times as the interface writes them, and as the house takes them. */

/** Milliseconds. */
export const minute = 60_000;

/** @param at epoch milliseconds */
export const iso = (at: number): string => new Date(at).toISOString();

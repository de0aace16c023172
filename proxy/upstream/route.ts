/** A way to an origin: straight to it, or through another proxy. What leaves differs by the way, so a route knows it. */
import type { Socket } from 'node:net';
import type { ResponseHead } from '../wire/head.ts';
import type { DialFailureCode } from './dial.ts';
import type { ResolutionFailureCode } from './resolution.ts';
import type { Asker } from './shares.ts';

export interface Origin {
  /** Canonical host; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
}

/** `parent-unreachable`: the parent proxy does not answer. `parent-refused`: it does not let this through. */
export type ConnectFailure =
  `name-${ResolutionFailureCode}` | DialFailureCode | 'parent-unreachable' | 'parent-refused';

export type Connected = (
  result:
    /**
     * `early`: first bytes of the origin's that came with the connection. `aliases`: names that DNS has for the host besides,
     * where it was asked.
     */
    | { readonly socket: Socket; readonly early: Buffer | null; readonly aliases?: readonly string[] }
    /** `detail`: the address that the failure is about and why it was refused, for the log alone. */
    | { readonly failure: ConnectFailure; readonly detail: string | null },
) => void;

export interface Route {
  /** Field lines that a request head on this way needs beside its own; empty, or each with its CRLF. */
  readonly fields: string;

  /** What a connection on this way may be used for again: the origin, or whatever is nearer and serves all of them. */
  poolKey(origin: Origin): string;

  /**
   * The request target as it stands on this way (RFC 9112 §3.2).
   * @param authority canonical `host[:port]`
   * @param originForm target for the origin itself
   */
  targetOf(authority: string, originForm: string): string;

  /** A connection that takes requests to the origin. @returns a function that gives up */
  open(origin: Origin, asker: Asker, connected: Connected): () => void;

  /** A connection whose bytes reach the origin, each direction ending by itself. @returns a function that gives up */
  tunnel(origin: Origin, asker: Asker, connected: Connected): () => void;

  /** What a response means that is not the origin's but of somebody on the way; null where it may pass. */
  refusalIn(head: ResponseHead): ConnectFailure | null;
}

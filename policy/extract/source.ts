/**
 * What rules/search-engines.yaml and rules/inner-addresses.yaml say, as plain values: they can be written as JSON, kept
 * in an edition, and opened again by `Extractors`. Reading the YAML is the business of `compile.ts`.
 */

/** A search engine and where it is asked. */
export interface EngineSource {
  readonly name: string;
  readonly hosts: readonly string[];
  readonly searches: readonly SearchSource[];
}

export interface SearchSource {
  /** A path with `{words}` holds words itself; every other one in the parameters. */
  readonly paths: readonly string[];
  readonly parameters: readonly string[];
}

/** Something that fetches, shows or leads to another address which its own address holds. */
export interface CarrierSource {
  readonly name: string;
  /** Empty: a program that stands on hosts of any name. */
  readonly hosts: readonly string[];
  /** A path with `{url}` holds the address; every other one in the parameters, fields or query. */
  readonly paths: readonly string[];
  readonly parameters: readonly string[];
  /** Names of request fields, in lower case. */
  readonly fields: readonly string[];
  /** The whole query is the address. */
  readonly query: boolean;
  /** Counters look alike: where the query holds more, not of what a page is made of (`Sec-Fetch-Dest`). */
  readonly counters: boolean;
  /** The address may lack its scheme. */
  readonly bare: boolean;
  /** Scheme of an address that lacks it. */
  readonly scheme: 'http' | 'https';
  readonly coding: Coding;
}

/**
 * - `any`: plain, percent-encoded, base64, hexadecimal, ROT13, or XOR 2 at every second character;
 * - `label`: the name before the host, `-` for `.` and `--` for `-` (translate.goog, the AMP cache);
 * - `xor`: XOR 2 alone, beginning at any segment of the path, as the web proxy Ultraviolet has it;
 * - the others: one service's own.
 */
export const codings = [
  'any',
  'label',
  'xor',
  'cache',
  'bing',
  'yahoo',
  'proofpoint2',
  'proofpoint3',
] as const;
export type Coding = (typeof codings)[number];

export interface ExtractorSource {
  readonly engines: readonly EngineSource[];
  readonly carriers: readonly CarrierSource[];
}

export const emptySource: ExtractorSource = Object.freeze({ engines: [], carriers: [] });

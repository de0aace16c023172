/**
 * What a request that opens is given on its way (docs/policy.md, "obligations"): parameters and fields by which a search
 * engine leaves out what is explicit, or a service lets only the district's accounts sign in. What the client says of the
 * same goes first, so that it cannot speak for the filter. Everything else of the request stays as it came.
 */
import type { Decision, Obligation } from '../policy/decision.ts';
import type { Service } from '../policy/services.ts';
import { Fields } from './wire/fields.ts';
import type { RequestHead } from './wire/head.ts';

type SafeSearch = Extract<Service, { kind: 'safe-search' }>;

export interface Obliged {
  readonly head: RequestHead;
  /** Path and query. */
  readonly target: string;
}

/**
 * @param target path and query as the client sent them
 * @param services of the edition that decided
 */
export function obliged(
  { obligations }: Pick<Decision, 'obligations'>,
  head: RequestHead,
  target: string,
  services: readonly { readonly service: Service }[],
): Obliged {
  let result: Obliged = { head, target };
  for (const obligation of obligations) {
    if (obligation.kind === 'safe-search') {
      const engine = services.find(({ service }) => service.id === obligation.engine)?.service;
      if (engine?.kind === 'safe-search') result = searchedSafely(result, engine);
    } else result = { ...result, head: withFields(result.head, fieldsOf(obligation)) };
  }
  return result;
}

function searchedSafely({ head, target }: Obliged, { set, drop, dropCookies }: SafeSearch): Obliged {
  const question = target.indexOf('?');
  const [path, query] = question < 0 ? [target, ''] : [target.slice(0, question), target.slice(question + 1)];
  const names = new Set([...Object.keys(set), ...drop].map((name) => name.toLowerCase()));
  const kept = query.split('&').filter((part) => part !== '' && !names.has(nameOf(part)));
  const added = Object.entries(set).map(
    ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`,
  );
  const next = [...kept, ...added].join('&');
  return {
    head: dropCookies.length === 0 ? head : withoutCookies(head, dropCookies),
    target: next === '' ? path : `${path}?${next}`,
  };
}

/** Of a parameter, in lower case; one that cannot be decoded is as it stands. */
function nameOf(part: string): string {
  const name = part.split('=', 1)[0]?.replaceAll('+', ' ') ?? '';
  try {
    return decodeURIComponent(name).toLowerCase();
  } catch {
    return name.toLowerCase();
  }
}

type FieldsSet = readonly (readonly [name: string, value: string | null])[];

/** With null, the client's own goes and nothing comes. */
function fieldsOf(obligation: Exclude<Obligation, { kind: 'safe-search' }>): FieldsSet {
  switch (obligation.kind) {
    case 'youtube':
      return [['YouTube-Restrict', obligation.level === 'strict' ? 'Strict' : 'Moderate']];
    case 'google-accounts':
      return [['X-GoogApps-Allowed-Domains', obligation.domains.join(',')]];
    case 'microsoft-tenants':
      return [
        ['Restrict-Access-To-Tenants', obligation.tenants.join(',')],
        ['Restrict-Access-Context', obligation.context],
        ['sec-Restrict-Tenant-Access-Policy', null],
      ];
  }
}

function withFields(head: RequestHead, set: FieldsSet): RequestHead {
  const replaced = new Set(set.map(([name]) => name.toLowerCase()));
  const fields = copied(head.fields, (key, value) => (replaced.has(key) ? null : value));
  for (const [name, value] of set) if (value !== null) fields.add(name, value);
  return { ...head, fields };
}

function withoutCookies(head: RequestHead, names: readonly string[]): RequestHead {
  const dropped = new Set(names);
  const fields = copied(head.fields, (key, value) => {
    if (key !== 'cookie') return value;
    const kept = value.split(';').filter((pair) => !dropped.has(pair.split('=', 1)[0]?.trim() ?? ''));
    return kept.length === 0 ? null : kept.join(';').trim();
  });
  return { ...head, fields };
}

function copied(from: Fields, change: (key: string, value: string) => string | null): Fields {
  const fields = new Fields();
  for (const [i, name] of from.names.entries()) {
    const value = change(from.keys[i] ?? '', from.values[i] ?? '');
    if (value !== null) fields.add(name, value);
  }
  return fields;
}

/** Straight to the origin: its name is resolved, and a checked address dialled. */
import type { DialFailure, DialOptions, DialRules } from './dial.ts';
import { dial } from './dial.ts';
import type { Names } from './names.ts';
import type { Resolution } from './resolution.ts';
import type { Connected, Origin, Route } from './route.ts';
import type { Asker } from './shares.ts';

export interface DirectParts {
  readonly names: Pick<Names, 'resolve'>;
  readonly rules: DialRules;
  readonly dial: DialOptions;
  /** Told of a defect of ours that ended a connection. */
  readonly defect: (error: unknown) => void;
}

export class Direct implements Route {
  readonly fields = '';
  readonly #parts: DirectParts;

  constructor(parts: DirectParts) {
    this.#parts = parts;
  }

  poolKey({ host, port }: Origin): string {
    return `${host}|${port}`;
  }

  targetOf(_authority: string, originForm: string): string {
    return originForm;
  }

  refusalIn(): null {
    return null;
  }

  open(origin: Origin, asker: Asker, connected: Connected): () => void {
    return this.#connect(origin, asker, false, connected);
  }

  tunnel(origin: Origin, asker: Asker, connected: Connected): () => void {
    return this.#connect(origin, asker, true, connected);
  }

  #connect(origin: Origin, asker: Asker, allowHalfOpen: boolean, connected: Connected): () => void {
    const { names, rules, dial: options, defect } = this.#parts;
    let cancel = nothing;
    let cancelled = false;
    const dialAddresses = (resolution: Resolution): void => {
      if (cancelled) return;
      cancel = nothing;
      if (resolution.kind === 'failed')
        return connected({ failure: `name-${resolution.code}`, detail: null });
      const { cnames } = resolution;
      if (cnames.length > 0 && asker.named?.(cnames) === false) return;
      const { host, port } = origin;
      const target = { host, port, addresses: resolution.addresses, allowHalfOpen };
      cancel = dial(target, rules, options, (result) =>
        connected(
          result.kind === 'connected'
            ? { socket: result.socket, early: null, aliases: cnames }
            : { failure: result.code, detail: detailOf(result) },
        ),
      );
    };
    const resolution = names.resolve(origin.host, asker);
    if (resolution.kind === 'pending') {
      cancel = () => resolution.leave();
      resolution.answer.then(dialAddresses).catch(defect);
    } else dialAddresses(resolution);
    return () => {
      cancelled = true;
      cancel();
    };
  }
}

const nothing = (): void => undefined;

const detailOf = ({ address, refusal }: DialFailure): string | null =>
  refusal === null ? address : `${address} (${refusal})`;

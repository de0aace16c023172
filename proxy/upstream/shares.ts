/**
 * How the room for lookups is divided, so that a client that asks for names which nobody answers takes it from no other.
 * There are two rooms: the ordinary one, and a reserve that only crisis help and testing may use. In each, one client
 * has at most a share. What a client left (it hung up) counts against it no longer; what it waited for to the end of its
 * patience does, until the resolver has given up as well, or the room would fill with what nobody waits for.
 */

/** Who asks for a name. Read only when DNS must be asked. */
export interface Asker {
  /** Key of the person if known, else the client's canonical address. */
  readonly client: string;
  /** Whether the host is crisis help or testing. */
  readonly exempt: boolean;
  /**
   * Told the other names that DNS has for the host (CNAMEs, canonical, at least one), before anything is sent there. False:
   * the connection is not wanted any more.
   */
  named?(aliases: readonly string[]): boolean;
}

/** `overloaded`: as many lookups as there may be at all; `over-share`: as many as there may be for one client. */
export type RoomRefusal = 'overloaded' | 'over-share';

/** Room for so many lookups, and among them so many for one client. */
class Room {
  readonly #size: number;
  readonly #share: number;
  readonly #held = new Map<string, number>();
  #lookups = 0;

  constructor(size: number, share: number) {
    this.#size = size;
    this.#share = share;
  }

  refusal(client: string): RoomRefusal | null {
    if (!this.hasShareFor(client)) return 'over-share';
    return this.#lookups >= this.#size ? 'overloaded' : null;
  }

  hasShareFor(client: string): boolean {
    return (this.#held.get(client) ?? 0) < this.#share;
  }

  enter(): void {
    this.#lookups++;
  }

  leave(): void {
    this.#lookups--;
  }

  hold(client: string): void {
    this.#held.set(client, (this.#held.get(client) ?? 0) + 1);
  }

  release(client: string): void {
    const rest = (this.#held.get(client) ?? 0) - 1;
    if (rest > 0) this.#held.set(client, rest);
    else this.#held.delete(client);
  }
}

/** What one lookup takes of its room: a place, and a part of the share of each client that asks. */
export class Claim {
  readonly #room: Room;
  /** How many requests of each client ask; at least one. */
  readonly #askers = new Map<string, number>();

  constructor(room: Room) {
    this.#room = room;
    room.enter();
  }

  /** Whether the client may ask for this name too. Crisis help and testing always may: it costs no place. */
  admits({ client, exempt }: Asker): boolean {
    return exempt || this.#askers.has(client) || this.#room.hasShareFor(client);
  }

  join(client: string): void {
    const before = this.#askers.get(client) ?? 0;
    if (before === 0) this.#room.hold(client);
    this.#askers.set(client, before + 1);
  }

  /** @returns whether nobody is left who asks */
  leave(client: string): boolean {
    const rest = (this.#askers.get(client) ?? 0) - 1;
    if (rest > 0) this.#askers.set(client, rest);
    else if (this.#askers.delete(client)) this.#room.release(client);
    return this.#askers.size === 0;
  }

  /** The lookup is over. */
  end(): void {
    for (const client of this.#askers.keys()) this.#room.release(client);
    this.#askers.clear();
    this.#room.leave();
  }
}

/** The reserve, and the share of one client in it, as a part of the ordinary room and its share. */
const reserved = (ordinary: number): number => Math.ceil(ordinary / 10);

export class Shares {
  readonly #ordinary: Room;
  readonly #reserve: Room;

  /**
   * @param lookups at once, without the reserve, which comes on top
   * @param ofOneClient of these, for one client
   */
  constructor(lookups: number, ofOneClient: number) {
    this.#ordinary = new Room(lookups, ofOneClient);
    this.#reserve = new Room(reserved(lookups), reserved(ofOneClient));
  }

  /** A place for one more lookup, or why there is none. */
  claim({ client, exempt }: Asker): Claim | RoomRefusal {
    if (exempt && this.#reserve.refusal(client) === null) return new Claim(this.#reserve);
    return this.#ordinary.refusal(client) ?? new Claim(this.#ordinary);
  }
}

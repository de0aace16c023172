/** A DNS server on UDP that answers from a script, and counts what it is asked. */
import { createSocket } from 'node:dgram';
import type { RemoteInfo, Socket } from 'node:dgram';

export type QueryType = 'A' | 'AAAA';

export interface Reply {
  /** Addresses, or CNAME records as `{ owner, target }`, in this order. */
  readonly answers?: readonly (string | { readonly owner: string; readonly target: string })[];
  /** Seconds; 60 by default. */
  readonly ttl?: number;
  /** Milliseconds before the reply goes out. */
  readonly delay?: number;
  readonly rcode?: 'NOERROR' | 'FORMERR' | 'SERVFAIL' | 'NXDOMAIN' | 'REFUSED';
  /** Never answers. */
  readonly drop?: boolean;
  /** Sends these bytes (after the id) in place of a message. */
  readonly raw?: Buffer;
  /** Answers under another id than the query's. */
  readonly wrongId?: boolean;
  /** Owner of the address records; the name that was asked by default. */
  readonly owner?: string;
}

/** `query` counts the questions for this name and type from 0. */
export type Script = (question: { name: string; type: QueryType; query: number }) => Reply;

const rcodes = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, REFUSED: 5 } as const;

export class DnsStub {
  readonly asked: { readonly name: string; readonly type: QueryType }[] = [];
  readonly #socket: Socket = createSocket('udp4');
  readonly #timers = new Set<NodeJS.Timeout>();
  /** What was asked for CNAMEs, which no script answers. */
  readonly aliasesAsked: string[] = [];
  #aliases: Readonly<Record<string, string>> = {};
  #aliasReply: Reply = {};
  #script: Script;

  private constructor(script: Script) {
    this.#script = script;
    this.#socket.on('message', (message, from) => this.#answer(message, from));
  }

  static async start(script: Script): Promise<DnsStub> {
    const stub = new DnsStub(script);
    await new Promise<void>((resolve) => stub.#socket.bind(0, '127.0.0.1', resolve));
    return stub;
  }

  /** As `dns.servers` takes it. */
  get server(): string {
    return `127.0.0.1:${this.#socket.address().port}`;
  }

  count(name: string, type: QueryType): number {
    return this.asked.filter((question) => question.name === name && question.type === type).length;
  }

  setScript(script: Script): void {
    this.#script = script;
  }

  /** CNAMEs by owner; every other name has none. @param reply how each is answered */
  setAliases(aliases: Readonly<Record<string, string>>, reply: Reply = {}): void {
    this.#aliases = aliases;
    this.#aliasReply = reply;
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()));
  }

  #answer(message: Buffer, from: RemoteInfo): void {
    const { name, type, end } = readQuestion(message);
    const reply = type === 'CNAME' ? this.#aliasOf(name) : this.#scripted(name, type);
    if (reply.drop === true) return;
    const bytes = encode(message, end, name, type, reply);
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#socket.send(bytes, from.port, from.address);
    }, reply.delay ?? 0);
    this.#timers.add(timer);
  }

  #scripted(name: string, type: QueryType): Reply {
    const query = this.count(name, type);
    this.asked.push({ name, type });
    return this.#script({ name, type, query });
  }

  #aliasOf(name: string): Reply {
    this.aliasesAsked.push(name);
    const target = this.#aliases[name];
    return { ...this.#aliasReply, answers: target === undefined ? [] : [{ owner: name, target }] };
  }
}

function readQuestion(message: Buffer): { name: string; type: QueryType | 'CNAME'; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = message.readUInt8(at); length > 0; length = message.readUInt8(at)) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  const code = message.readUInt16BE(at + 1);
  const type = code === 28 ? 'AAAA' : code === 5 ? 'CNAME' : 'A';
  return { name: labels.join('.').toLowerCase(), type, end: at + 5 };
}

function encode(query: Buffer, questionEnd: number, name: string, type: string, reply: Reply): Buffer {
  const id = Buffer.from(query.subarray(0, 2));
  if (reply.wrongId === true) id.writeUInt16BE(id.readUInt16BE() ^ 0x5555);
  if (reply.raw !== undefined) return Buffer.concat([id, reply.raw]);
  const records = (reply.answers ?? []).map((answer) =>
    typeof answer === 'string'
      ? record(reply.owner ?? name, type === 'A' ? 1 : 28, reply.ttl ?? 60, addressBytes(answer))
      : record(answer.owner, 5, reply.ttl ?? 60, nameBytes(answer.target)),
  );
  const header = Buffer.alloc(10);
  header.writeUInt16BE(0x8180 | rcodes[reply.rcode ?? 'NOERROR'], 0);
  header.writeUInt16BE(1, 2);
  header.writeUInt16BE(records.length, 4);
  return Buffer.concat([id, header, query.subarray(12, questionEnd), ...records]);
}

function record(owner: string, type: number, ttl: number, data: Buffer): Buffer {
  const fixed = Buffer.alloc(10);
  fixed.writeUInt16BE(type, 0);
  fixed.writeUInt16BE(1, 2);
  fixed.writeUInt32BE(ttl, 4);
  fixed.writeUInt16BE(data.length, 8);
  return Buffer.concat([nameBytes(owner), fixed, data]);
}

/** Labels as they are, NUL and markup included. */
function nameBytes(name: string): Buffer {
  const labels = name
    .split('.')
    .map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label, 'latin1')]));
  return Buffer.concat([...labels, Buffer.from([0])]);
}

function addressBytes(address: string): Buffer {
  if (!address.includes(':')) return Buffer.from(address.split('.').map(Number));
  const [head = '', tail] = address.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const middle = Array<string>(8 - left.length - right.length).fill('0');
  const groups = tail === undefined ? left : [...left, ...middle, ...right];
  const bytes = Buffer.alloc(16);
  groups.forEach((group, i) => bytes.writeUInt16BE(parseInt(group, 16), 2 * i));
  return bytes;
}

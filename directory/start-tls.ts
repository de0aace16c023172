/**
 * StartTLS (RFC 4511 §4.14), by hand: the answer must be one message, whole, with nothing behind it. Bytes that someone
 * on the wire appends before the handshake would otherwise be read as if they had come through TLS.
 */
import type { Socket } from 'node:net';
import { DirectoryError } from './errors.ts';

const oid = Buffer.from('1.3.6.1.4.1.1466.20037', 'latin1');

/** LDAPMessage { messageID 1, extendedReq [APPLICATION 23] { requestName [0] } } */
const request = Buffer.concat([
  Buffer.from([0x30, oid.length + 7, 0x02, 0x01, 0x01, 0x77, oid.length + 2, 0x80, oid.length]),
  oid,
]);

const longestAnswer = 4_096;

/** Resolves when the server is ready for the handshake. @throws DirectoryError `starttls-refused` or `unreachable` */
export const askForTls = (socket: Socket, url: string): Promise<void> =>
  new Promise((resolve, reject) => {
    let received = Buffer.alloc(0);
    const settle = (error?: DirectoryError) => {
      socket.off('data', read).off('close', closed).off('error', closed);
      socket.pause();
      if (error === undefined) resolve();
      else reject(error);
    };
    const refuse = (why: string) =>
      settle(new DirectoryError('directory/starttls-refused', `\`${url}\` does not start TLS: ${why}`));
    const closed = () =>
      settle(new DirectoryError('directory/unreachable', `\`${url}\` closed the connection before TLS`));
    const read = (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      const answer = parseAnswer(received);
      if (answer === 'incomplete') return;
      if (answer === 'malformed') refuse('its answer is not one StartTLS response');
      else if (answer !== 0) refuse(`result code ${answer}`);
      else settle();
    };
    socket.on('data', read).once('close', closed).once('error', closed);
    socket.write(request);
  });

/** The result code of the one message in these bytes. */
export const parseAnswer = (bytes: Buffer): number | 'incomplete' | 'malformed' => {
  if (bytes.length > longestAnswer) return 'malformed';
  const message = element(bytes, 0, 0x30);
  if (typeof message === 'string') return message;
  if (message.end !== bytes.length) return 'malformed';
  const id = element(bytes, message.start, 0x02);
  if (typeof id === 'string' || id.end - id.start !== 1 || bytes[id.start] !== 1) return 'malformed';
  const response = element(bytes, id.end, 0x78);
  if (typeof response === 'string') return 'malformed';
  const code = element(bytes, response.start, 0x0a);
  if (typeof code === 'string' || code.end - code.start !== 1) return 'malformed';
  return bytes[code.start] ?? 'malformed';
};

/** Bounds of the contents of a BER element with this tag; lengths of up to two octets are all that an answer needs. */
const element = (
  bytes: Buffer,
  at: number,
  tag: number,
): { start: number; end: number } | 'incomplete' | 'malformed' => {
  if (bytes.length < at + 2) return bytes.length > at && bytes[at] !== tag ? 'malformed' : 'incomplete';
  if (bytes[at] !== tag) return 'malformed';
  const first = bytes[at + 1] ?? 0;
  const extra = first < 0x80 ? 0 : first & 0x7f;
  if (first === 0x80 || extra > 4) return 'malformed';
  if (bytes.length < at + 2 + extra) return 'incomplete';
  const length = extra === 0 ? first : bytes.readUIntBE(at + 2, extra);
  if (length > longestAnswer) return 'malformed';
  const start = at + 2 + extra;
  return bytes.length < start + length ? 'incomplete' : { start, end: start + length };
};

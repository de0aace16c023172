/**
 * Micro-benchmark of the wire's hot functions, and what attacks on its parsers cost. Prints; asserts nothing.
 *
 *   node benchmarks/wire.ts
 */
import { ChunkedDecoder } from '../proxy/wire/chunked.ts';
import { requestHeadText, responseHeadText } from '../proxy/wire/head-writer.ts';
import { requestBodyLength } from '../proxy/wire/framing.ts';
import { parseRequestHead, parseResponseHead } from '../proxy/wire/head.ts';
import { HeadReader } from '../proxy/wire/head-reader.ts';
import { Refused } from '../proxy/wire/refusals.ts';

const limits = { maxTargetBytes: 16_384, maxFields: 200 };
const via = { pseudonym: 'hallpass' };

const requestText =
  'GET http://www.example.test/assets/app.js?v=12345 HTTP/1.1\r\nHost: www.example.test\r\n' +
  'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36\r\n' +
  'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8\r\n' +
  'Accept-Encoding: gzip, deflate\r\nAccept-Language: en-US,en;q=0.9\r\nCache-Control: no-cache\r\n' +
  'Referer: http://www.example.test/\r\nUpgrade-Insecure-Requests: 1\r\nProxy-Connection: keep-alive\r\n' +
  `Cookie: session=${'c'.repeat(120)}\r\nProxy-Authorization: Basic dXNlcjpwYXNz`;
const responseText =
  'HTTP/1.1 200 OK\r\nServer: nginx\r\nDate: Mon, 05 Jan 2026 10:00:00 GMT\r\nContent-Type: text/html; charset=utf-8\r\n' +
  'Content-Length: 1024\r\nLast-Modified: Mon, 05 Jan 2026 09:00:00 GMT\r\nETag: "abc-400"\r\nAccept-Ranges: bytes\r\nCache-Control: max-age=60';

function perCall(name: string, call: () => unknown): void {
  for (let i = 0; i < 50_000; i++) call();
  const rounds = [0, 1, 2].map(() => {
    const start = process.hrtime.bigint();
    for (let i = 0; i < 100_000; i++) call();
    return Number(process.hrtime.bigint() - start) / 100_000;
  });
  console.log(
    `${name.padEnd(44)} ${Math.min(...rounds)
      .toFixed(0)
      .padStart(8)} ns`,
  );
}

function once(name: string, run: () => void): void {
  const start = process.cpuUsage();
  let end = 'done';
  try {
    run();
  } catch (error) {
    end = error instanceof Refused ? error.code : String(error);
  }
  const { user, system } = process.cpuUsage(start);
  console.log(`${name.padEnd(44)} ${((user + system) / 1_000).toFixed(0).padStart(8)} ms CPU  ${end}`);
}

const requestHead = parseRequestHead(requestText, limits);
const responseHead = parseResponseHead(responseText, limits);
const requestBytes = Buffer.from(`${requestText}\r\n\r\n`, 'latin1');
const reader = new HeadReader(65_536);

const rewritten = (authority: string, target: string) =>
  ({ authority, target, fields: '', length: 0, via, upgrade: undefined }) as const;

console.log('per call');
perCall('HeadReader.push, one piece', () => reader.push(requestBytes));
perCall('parseRequestHead, 11 fields', () => parseRequestHead(requestText, limits));
perCall('requestBodyLength', () => requestBodyLength(requestHead));
perCall('requestHeadText', () =>
  requestHeadText(requestHead, rewritten('www.example.test', '/assets/app.js?v=12345')),
);
perCall('parseResponseHead, 8 fields', () => parseResponseHead(responseText, limits));
perCall('responseHeadText', () => responseHeadText(responseHead, 1_024, 'GET', undefined, via));

console.log('\nattacks');
const drop = (): void => undefined;
once('a million chunks of one byte', () => {
  const decoder = new ChunkedDecoder();
  const piece = Buffer.from('1\r\nx\r\n'.repeat(10_000), 'latin1');
  for (let i = 0; i < 100; i++) decoder.push(piece, 0, drop);
});
once('a gigabyte of chunk extensions', () => {
  const decoder = new ChunkedDecoder();
  const piece = Buffer.alloc(65_536, 'x');
  decoder.push(Buffer.from('1;'), 0, drop);
  for (let i = 0; i < 16_384; i++) decoder.push(piece, 0, drop);
});
once('a head of 64 KiB, byte by byte', () => {
  const slow = new HeadReader(65_536);
  for (let i = 0; i < 65_536; i++) slow.push(Buffer.from('x'));
});
for (const [name, filler] of [
  ['spaces', ' '],
  ['tabs', '\t'],
  ['commas', ','],
  ['0xff', '\xff'],
] as const) {
  const text = `GET http://a.test/ HTTP/1.1\r\nHost: a.test\r\nConnection: ${filler.repeat(65_000)}x`;
  once(`a value of 65,000 ${name}, 100 times`, () => {
    for (let i = 0; i < 100; i++) requestHeadText(parseRequestHead(text, limits), rewritten('a.test', '/'));
  });
}
const crowd = `GET http://a.test/ HTTP/1.1\r\nHost: a.test\r\nConnection: ${'x,'.repeat(16_000)}x\r\n${'A: b\r\n'.repeat(190)}X: y`;
once('Connection of 16,000 names, 190 fields', () => {
  requestHeadText(parseRequestHead(crowd, limits), rewritten('a.test', '/'));
});

/**
 * Messages on which parsers are known to differ, each with the one outcome that is right here:
 *
 *   refused     answered with an error and closed; no byte of it reaches the origin, or, where its body turns bad on the
 *               way, the connection to the origin is reset before the body looks whole
 *   normalised  forwarded in one canonical framing, and the request after it is its own
 *   as-is       the field means nothing to framing and goes on as an ordinary one; what was meant as a body is no request
 */
export type Outcome = 'refused' | 'normalised' | 'as-is';

export interface Case {
  readonly name: string;
  readonly message: string;
  readonly outcome: Outcome;
}

const request = (
  fields: string,
  body: string,
  line = 'POST http://a.test/ HTTP/1.1',
  host = 'Host: a.test\r\n',
): string => `${line}\r\n${host}${fields}\r\n${body}`;

const chunkedBody = '5\r\nhello\r\n0\r\n\r\n';
const framings = [
  { field: 'Transfer-Encoding', value: 'chunked', body: chunkedBody },
  { field: 'Content-Length', value: '5', body: 'hello' },
] as const;

type Shape = readonly [name: string, fields: (name: string, value: string) => string, outcome: Outcome];

const middle = (name: string): number => name.indexOf('-') + 2;
const insert = (name: string, text: string): string =>
  name.slice(0, middle(name)) + text + name.slice(middle(name));
const mixed = (text: string): string =>
  [...text].map((c, i) => (i % 2 === 0 ? c.toLowerCase() : c.toUpperCase())).join('');

const shapes: readonly Shape[] = [
  ['plain', (n, v) => `${n}: ${v}\r\n`, 'normalised'],
  ['no space', (n, v) => `${n}:${v}\r\n`, 'normalised'],
  ['spaces before the value', (n, v) => `${n}:   ${v}\r\n`, 'normalised'],
  ['tab before the value', (n, v) => `${n}:\t${v}\r\n`, 'normalised'],
  ['space after the value', (n, v) => `${n}: ${v} \r\n`, 'normalised'],
  ['tab after the value', (n, v) => `${n}: ${v}\t\r\n`, 'normalised'],
  ['upper case', (n, v) => `${n.toUpperCase()}: ${v.toUpperCase()}\r\n`, 'normalised'],
  ['mixed case', (n, v) => `${mixed(n)}: ${mixed(v)}\r\n`, 'normalised'],
  ['named by Connection', (n, v) => `Connection: ${n}\r\n${n}: ${v}\r\n`, 'normalised'],
  ['with a Range', (n, v) => `Range: bytes=0-0\r\n${n}: ${v}\r\n`, 'normalised'],
  ['expecting 100-continue', (n, v) => `Expect: 100-continue\r\n${n}: ${v}\r\n`, 'normalised'],
  ['expecting something else', (n, v) => `Expect: x 100-continue\r\n${n}: ${v}\r\n`, 'refused'],
  ['underscore for the hyphen', (n, v) => `${n.replace('-', '_')}: ${v}\r\n`, 'as-is'],
  ['percent-encoded name', (n, v) => `${n.replace('-', '-%')}: ${v}\r\n`, 'as-is'],
  ['prefixed name', (n, v) => `X-${n}: ${v}\r\n`, 'as-is'],
  ['space before the colon', (n, v) => `${n} : ${v}\r\n`, 'refused'],
  ['tab before the colon', (n, v) => `${n}\t: ${v}\r\n`, 'refused'],
  ['space in the name', (n, v) => `${insert(n, ' ')}: ${v}\r\n`, 'refused'],
  ['backslash in the name', (n, v) => `${insert(n, '\\')}: ${v}\r\n`, 'refused'],
  ['CR in the name', (n, v) => `${insert(n, '\r')}: ${v}\r\n`, 'refused'],
  ['a word after the name', (n, v) => `${n} x: ${v}\r\n`, 'refused'],
  ['no colon', (n, v) => `${n} ${v}\r\n`, 'refused'],
  ['empty name before it', (n, v) => `: x\r\n${n}: ${v}\r\n`, 'refused'],
  ['empty value', (n) => `${n}:\r\n`, 'refused'],
  ['empty value, then it', (n, v) => `${n}:\r\n${n}: ${v}\r\n`, 'refused'],
  ['twice', (n, v) => `${n}: ${v}\r\n${n}: ${v}\r\n`, 'refused'],
  ['first line begins with a space', (n, v) => ` ${n}: ${v}\r\n`, 'refused'],
  ['folded into the field before, by a space', (n, v) => `Foo: bar\r\n ${n}: ${v}\r\n`, 'refused'],
  ['folded into the field before, by a tab', (n, v) => `Foo: bar\r\n\t${n}: ${v}\r\n`, 'refused'],
  ['after a CR', (n, v) => `Foo: bar\r${n}: ${v}\r\n`, 'refused'],
  ['after an LF', (n, v) => `Foo: bar\n${n}: ${v}\r\n`, 'refused'],
  ['after CR LF CR', (n, v) => `Foo: bar\r\n\r${n}: ${v}\r\n`, 'refused'],
  ['value folded after an LF', (n, v) => `${n}:\n ${v}\r\n`, 'refused'],
  ['value folded', (n, v) => `${n}:\r\n ${v}\r\n`, 'refused'],
  ['value folded twice', (n, v) => `${n}:\r\n \r\n ${v}\r\n`, 'refused'],
  ['ended by LF', (n, v) => `${n}: ${v}\n`, 'refused'],
  ['ended by CR', (n, v) => `${n}: ${v}\rX: y\r\n`, 'refused'],
  ['after an invalid field', (n, v) => `X-Invalid Y: ${n}: ${v}\r\n${n}: ${v}\r\n`, 'refused'],
  ['cut at a NUL', (n, v) => `X: y\0${n}: ${v}\r\n`, 'refused'],
  ...[0x0b, 0x0c, 0x0d, 0x00, 0x7f, 0x85, 0xa0, 0xad, 0xff].flatMap((code): Shape[] => {
    const c = String.fromCharCode(code);
    const hex = `0x${code.toString(16)}`;
    return [
      [`${hex} before the value`, (n, v) => `${n}: ${c}${v}\r\n`, 'refused'],
      [`${hex} after the value`, (n, v) => `${n}: ${v}${c}\r\n`, 'refused'],
      [`${hex} after the name`, (n, v) => `${n}${c}: ${v}\r\n`, 'refused'],
      [`${hex} before the name`, (n, v) => `${c}${n}: ${v}\r\n`, 'refused'],
    ];
  }),
];

const shaped = framings.flatMap(({ field, value, body }) =>
  shapes.map(([name, fields, outcome]): Case => ({
    name: `${field}: ${name}`,
    message: request(fields(field, value), body),
    outcome,
  })),
);

const lines = framings.flatMap(({ field, value, body }): Case[] => [
  ...['GET', 'HEAD', 'OPTIONS', 'DELETE', 'PUT'].map((method): Case => ({
    name: `${field} in ${method}`,
    message: request(`${field}: ${value}\r\n`, body, `${method} http://a.test/ HTTP/1.1`),
    outcome: 'normalised',
  })),
  ...['HTTP/0.9', 'HTTP/1.2', 'HTTP/2.0', 'HTTP/1.1 ', 'http/1.1', 'HTTP/01.1'].map((version): Case => ({
    name: `${field} with version \`${version}\``,
    message: request(`${field}: ${value}\r\n`, body, `POST http://a.test/ ${version}`),
    outcome: 'refused',
  })),
  {
    name: `${field} without Host`,
    message: request(`${field}: ${value}\r\n`, body, undefined, ''),
    outcome: 'refused',
  },
  {
    name: `${field} with two Hosts`,
    message: request(`Host: a.test\r\n${field}: ${value}\r\n`, body),
    outcome: 'refused',
  },
]);

const codings: readonly Case[] = [
  ...[
    '=?UTF-8?B?Y2h1bmtlZA==?=',
    '"chunked"',
    "'chunked'",
    'chunk',
    'xchunked',
    'chunked-x',
    'chunked;q=1',
    'chunked,',
    ',chunked',
    'chunked, chunked',
    'chunked, identity',
    'identity, chunked',
    'identity, chunked, identity',
    'identity',
    'gzip',
    'gzip, chunked',
    'chunked gzip',
  ].map((value): Case => ({
    name: `Transfer-Encoding: \`${value}\``,
    message: request(`Transfer-Encoding: ${value}\r\n`, chunkedBody),
    outcome: 'refused',
  })),
  {
    name: 'identity before',
    message: request('Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n', chunkedBody),
    outcome: 'refused',
  },
  {
    name: 'identity after',
    message: request('Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n', chunkedBody),
    outcome: 'refused',
  },
  {
    name: 'CL, then TE',
    message: request('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n', chunkedBody),
    outcome: 'refused',
  },
  {
    name: 'TE, then CL',
    message: request('Transfer-Encoding: chunked\r\nContent-Length: 5\r\n', chunkedBody),
    outcome: 'refused',
  },
  {
    name: 'CL and unknown TE',
    message: request('Content-Length: 5\r\nTransfer-Encoding: foo\r\n', 'hello'),
    outcome: 'refused',
  },
  {
    name: 'TE in HTTP/1.0',
    message: request('Transfer-Encoding: chunked\r\n', chunkedBody, 'POST http://a.test/ HTTP/1.0'),
    outcome: 'refused',
  },
  {
    name: 'Content-Encoding: chunked',
    message: request('Content-Encoding: chunked\r\n', chunkedBody),
    outcome: 'as-is',
  },
];

const counts: readonly Case[] = [
  ...['05', '00000000000005'].map((value) => [value, 'normalised'] as const),
  ...[
    '+5',
    '-5',
    '0 5',
    '5 5',
    '5e0',
    '5.0',
    '0, 5',
    '5, 0',
    '5, 5',
    '5,',
    ',5',
    '0x5',
    '0b1',
    '5_',
    '5;',
    '"5"',
    '\xb2',
    '5\xa0',
    'five',
    '99999999999999999999',
    '00000000000000000005',
  ].map((value) => [value, 'refused'] as const),
].map(([value, outcome]): Case => ({
  name: `Content-Length: \`${value}\``,
  message: request(`Content-Length: ${value}\r\n`, 'hello'),
  outcome,
}));

const chunked = (body: string): string => request('Transfer-Encoding: chunked\r\n', body);
const ends = ['\n', '\r', '\rX', '\r\r'] as const;
const show = (text: string): string => JSON.stringify(text);

const chunks: readonly Case[] = [
  ...ends.flatMap((end): [string, string][] => [
    [`size ended by ${show(end)}`, `5${end}hello\r\n0\r\n\r\n`],
    [`TERM.EXT ${show(end)}`, `5${end};a\r\nhello\r\n0\r\n\r\n`],
    [`EXT.TERM ${show(end)}`, `5;a${end}hello\r\n0\r\n\r\n`],
    [`EXT.TERM.EXT ${show(end)}`, `5;a${end}b\r\nhello\r\n0\r\n\r\n`],
    [`last size ended by ${show(end)}`, `5\r\nhello\r\n0${end}\r\n`],
  ]),
  ...['\n', '\r', '', 'XX', '\rX', '\r\r', '\n\r', '\r\n\r\n'].flatMap((end): [string, string][] => [
    [`SPILL ${show(end)}`, `5\r\nhello${end}0\r\n\r\n`],
    [`SPILL ${show(end)}, then a chunk`, `5\r\nhello${end}1\r\nx\r\n0\r\n\r\n`],
  ]),
  ...[
    '',
    ' 5',
    '5 ',
    '\t5',
    '5\t',
    '+5',
    '-5',
    '0x5',
    '5_0',
    '5h',
    'g',
    '5.',
    '5,5',
    '0000000000000',
    'fffffffffffffffff',
    '\xb5',
    '5\0',
  ].map((size): [string, string] => [`size ${show(size)}`, `${size}\r\nhello\r\n0\r\n\r\n`]),
  ['extension with NUL', '5;a\0b\r\nhello\r\n0\r\n\r\n'],
  ['extension with LF', '5;a="\n"\r\nhello\r\n0\r\n\r\n'],
  ['extension too long', `5;${'x'.repeat(17_000)}\r\nhello\r\n0\r\n\r\n`],
  ['trailer without colon', '5\r\nhello\r\n0\r\nfoo\r\n\r\n'],
  ['trailer with a space before the colon', '5\r\nhello\r\n0\r\nfoo : bar\r\n\r\n'],
  ['trailer folded', '5\r\nhello\r\n0\r\nfoo: bar\r\n baz\r\n\r\n'],
  ['trailer ended by LF', '5\r\nhello\r\n0\r\nfoo: bar\n\r\n'],
  ['trailer with CR', '5\r\nhello\r\n0\r\nfoo: b\rar\r\n\r\n'],
].map(([name, body]): Case => ({
  name: `chunks: ${name}`,
  message: chunked(body ?? ''),
  outcome: 'refused',
}));

const goodChunks: readonly Case[] = (
  [
    ['an extension', '5;a=b\r\nhello\r\n0\r\n\r\n'],
    ['a quoted extension', '5;a="b;c"\r\nhello\r\n0\r\n\r\n'],
    ['an empty extension', '5;\r\nhello\r\n0;\r\n\r\n'],
    ['zeros before the size', '00005\r\nhello\r\n00\r\n\r\n'],
    ['a trailer that looks like framing', '5\r\nhello\r\n0\r\nContent-Length: 50\r\nHost: evil\r\n\r\n'],
    ['a trailer that looks like a request', '5\r\nhello\r\n0\r\nX:Y / HTTP/1.1\r\n\r\n'],
    ['many chunks', '1\r\nh\r\n2\r\nel\r\n2\r\nlo\r\n0\r\n\r\n'],
  ] as const
).map(([name, body]): Case => ({ name: `chunks: ${name}`, message: chunked(body), outcome: 'normalised' }));

export const cases: readonly Case[] = [...shaped, ...lines, ...codings, ...counts, ...chunks, ...goodChunks];

/** Sent right after every case: must arrive as a request of its own, or not at all. */
export const after = 'GET http://a.test/after HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n';

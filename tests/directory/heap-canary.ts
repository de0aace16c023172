/** Run as a program: signs in with the password that comes on stdin, reversed, and looks for it in its own heap. */
import { getHeapSnapshot, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { options } from '../../directory/options.ts';
import { Directory } from '../../directory/sign-in.ts';

const [, , server = '', base = '', bindDn = '', bindPassword = '', login = ''] = process.argv;

const readReversed = async (): Promise<string> => {
  let text = '';
  for await (const chunk of process.stdin.setEncoding('utf8')) text += String(chunk);
  return text;
};

const reversed = await readReversed();
const directory = new Directory(options.parse({ servers: [server], base, bindDn, bindPassword }));
const turned = () => [...reversed].reverse().join('');
const answers = [
  await directory.signIn({ login, password: turned(), ip: '127.0.0.1' }),
  await directory.signIn({ login, password: turned() + 'x', ip: '127.0.0.1' }),
  await directory.signIn({ login, password: turned(), ip: '127.0.0.1' }),
];
setFlagsFromString('--expose-gc');
(runInNewContext('gc') as () => void)();

/** Counts how often a text is in the snapshot; text across two chunks counts too. */
const count = async (needles: readonly (() => string)[]): Promise<number[]> => {
  const counts = needles.map(() => 0);
  let tail = '';
  for await (const chunk of getHeapSnapshot()) {
    const text = tail + String(chunk);
    needles.forEach(
      (needle, index) => (counts[index] = (counts[index] ?? 0) + text.split(needle()).length - 1),
    );
    tail = text.slice(-200);
  }
  return counts;
};
const [passwords, controls] = await count([turned, () => reversed]);
directory.close();
process.stdout.write(JSON.stringify({ kinds: answers.map(({ kind }) => kind), passwords, controls }));

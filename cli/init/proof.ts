/** Whether what was written works: it is read as the server reads it, and some people are looked up. */
import { loadConfig } from '../../config.ts';
import { compileInThread } from '../../control/compiler.ts';
import { readDocuments } from '../../control/documents.ts';
import { ListFolders } from '../../control/lists.ts';
import { Directory } from '../../directory/sign-in.ts';
import { openImage } from '../../policy/compile/image.ts';
import { formatProblem } from '../../policy/errors.ts';
import { CliError } from '../errors.ts';

export interface Proof {
  /** People tried by the title of the audience that pages speak to them as; the empty string: none. */
  readonly audiences: ReadonlyMap<string, readonly string[]>;
  readonly tried: number;
  readonly withSchool: number;
}

/** @throws CliError, ConfigError or DirectoryError saying what does not work */
export async function prove(file: string, folder: string, logins: readonly string[]): Promise<Proof> {
  const config = loadConfig({ file, env: {}, directory: folder });
  const documents = await readDocuments(config.policy.initial);
  const { lists } = await new ListFolders(config.policy.lists.folders).read();
  const compiled = await compileInThread({ ...documents, lists });
  if (!compiled.ok) throw new CliError('server', compiled.problems.map(formatProblem).join('\n'));
  const image = openImage(compiled.image);
  const directory = new Directory(
    structuredClone(config.directory) as ConstructorParameters<typeof Directory>[0],
  );
  try {
    const audiences = new Map<string, string[]>();
    let withSchool = 0;
    for (const login of logins) {
      const person = await directory.find(login);
      if (person === null) continue;
      const title = image.audienceTitleOf({ ip: '0.0.0.0', identity: person }, ['en'], Date.now()) ?? '';
      audiences.set(title, [...(audiences.get(title) ?? []), login]);
      if (person.schools.length > 0) withSchool++;
    }
    return { audiences, tried: logins.length, withSchool };
  } finally {
    directory.close();
  }
}

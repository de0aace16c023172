/** `hallpass policy diff`: what changes from one policy to another, in plain sentences. */
import type { Command } from 'commander';
import { diffPolicies } from '../policy/diff.ts';
import type { Output } from './output.ts';
import { withPlace } from './place.ts';
import type { PlaceOptions } from './place.ts';
import { policyNamed, readOrThrow } from './policy-documents.ts';
import type { Named } from '../control/documents.ts';

interface DiffOptions extends PlaceOptions {
  readonly aup?: readonly string[];
  readonly aupBefore?: readonly string[];
  readonly json?: true;
}

export function diffCommand(policy: Command, output: Output): void {
  withPlace(policy.command('diff'))
    .argument('<a>', 'policy document, or how the id of a published version begins, such as p-3f2a')
    .argument('[b]', 'the same, for what it is compared with (default: a, compared with the policy in force)')
    .summary('say in plain sentences what changes')
    .description('Say in plain sentences what changes from one policy to another, in its AUP too.')
    .option('--aup <files...>', 'AUP of the later one (default: its own, else the one in force)')
    .option('--aup-before <files...>', 'AUP of the earlier one (default: its own, else the one in force)')
    .option('--json', 'one JSON object a line: section, kind, id, text')
    .addHelpText(
      'after',
      '\nExamples:\n  $ hallpass policy diff policy.yaml\n  $ hallpass policy diff p-3f2a p-9b01\n  $ hallpass policy diff p-3f2a policy.yaml --aup aup.md aup.es.md',
    )
    .action(async (a: string, b: string | undefined, options: DiffOptions) => {
      const [before, after] = b === undefined ? [undefined, a] : [a, b];
      await diff(
        await policyNamed(before, withAup(options, options.aupBefore)),
        await policyNamed(after, withAup(options, options.aup)),
        options.json === true,
        output,
      );
    });
}

function withAup({ data, config }: PlaceOptions, aup: readonly string[] | undefined) {
  return {
    ...(data === undefined ? {} : { data }),
    ...(config === undefined ? {} : { config }),
    ...(aup === undefined ? {} : { aup }),
  };
}

async function diff(a: Named, b: Named, json: boolean, output: Output): Promise<void> {
  const changes = diffPolicies(readOrThrow(a), readOrThrow(b));
  if (json) for (const change of changes) await output.write(`${JSON.stringify(change)}\n`);
  else if (changes.length === 0) await output.write('nothing changes\n');
  else for (const { text } of changes) await output.write(`- ${text}\n`);
}

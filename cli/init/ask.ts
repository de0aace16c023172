/** Questions on a terminal; where nobody sits, the proposals are the answers. */
import { checkbox, confirm, input, password, select } from '@inquirer/prompts';
import { CliError } from '../errors.ts';
import { harmless } from '../output.ts';

export interface Choice<T> {
  readonly name: string;
  readonly value: T;
}

export interface Ask {
  readonly interactive: boolean;
  /**
   * @param flag option that answers it, named where nobody can be asked and nothing is proposed
   * @param typed an earlier answer, there to be changed
   */
  text(message: string, proposal: string | undefined, flag: string, typed?: string): Promise<string>;
  secret(message: string, flag: string): Promise<string>;
  /** The first choice is the proposal. */
  one<T>(message: string, choices: readonly Choice<T>[]): Promise<T>;
  some(message: string, all: readonly string[], proposed: readonly string[]): Promise<readonly string[]>;
  yes(message: string, proposal: boolean): Promise<boolean>;
}

export const onTerminal: Ask = {
  interactive: true,
  text: (message, proposal, _flag, typed) =>
    input({
      message: harmless(message),
      required: proposal === undefined,
      ...(typed === undefined ? defaultOf(proposal) : { default: typed, prefill: 'editable' }),
    }),
  secret: (message) => password({ message: harmless(message), mask: true }),
  one: (message, choices) =>
    select({
      message: harmless(message),
      choices: choices.map(({ name, value }) => ({ name: harmless(name), value })),
      pageSize: 12,
    }),
  some: (message, all, proposed) =>
    checkbox({
      message: harmless(message),
      pageSize: 15,
      choices: [...proposed, ...all.filter((each) => !proposed.includes(each))].map((value) => ({
        ...{ value, name: harmless(value), checked: proposed.includes(value) },
      })),
    }),
  yes: (message, proposal) => confirm({ message: harmless(message), default: proposal }),
};

const defaultOf = (proposal: string | undefined) => (proposal === undefined ? {} : { default: proposal });

export const byProposals: Ask = {
  interactive: false,
  text: async (message, proposal, flag) => proposal ?? missing(message, flag),
  secret: async (message, flag) => missing(message, flag),
  one: async (message, [first]) => (first === undefined ? missing(message, '') : first.value),
  some: async (_message, _all, proposed) => proposed,
  yes: async (_message, proposal) => proposal,
};

function missing(message: string, flag: string): never {
  throw new CliError('usage', `nobody can be asked here, and \`${flag}\` is missing (${message})`);
}

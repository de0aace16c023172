/** The codes that a type of the sources stands for, as the type checker sees them. */
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = new URL('../../', import.meta.url);
const pathOf = (file: string) => fileURLToPath(new URL(file, root));

export class Sources {
  readonly #program: ts.Program;

  /** @param files paths from the root of the repository */
  constructor(files: readonly string[]) {
    this.#program = ts.createProgram(files.map(pathOf), {
      target: ts.ScriptTarget.ESNext,
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      allowImportingTsExtensions: true,
      noEmit: true,
      skipLibCheck: true,
      strict: true,
    });
  }

  /** The members of a union of texts. @throws Error where the file has no such type, or it is something else */
  codesOf(file: string, name: string): readonly string[] {
    const checker = this.#program.getTypeChecker();
    const alias = this.#exports(file).find((symbol) => symbol.name === name);
    if (alias === undefined) throw new Error(`${file} exports no type ${name}`);
    const type = checker.getDeclaredTypeOfSymbol(alias);
    return (type.isUnion() ? type.types : [type]).map((member) => {
      if (!member.isStringLiteral()) throw new Error(`${name} of ${file} is more than a union of texts`);
      return member.value;
    });
  }

  /** Names of the types that the file exports. */
  typesOf(file: string): readonly string[] {
    return this.#exports(file)
      .filter(({ flags }) => (flags & ts.SymbolFlags.TypeAlias) !== 0)
      .map(({ name }) => name);
  }

  #exports(file: string): readonly ts.Symbol[] {
    const checker = this.#program.getTypeChecker();
    const source = this.#program.getSourceFile(pathOf(file));
    const symbol = source === undefined ? undefined : checker.getSymbolAtLocation(source);
    if (symbol === undefined) throw new Error(`${file} is no module`);
    return checker.getExportsOfModule(symbol);
  }
}

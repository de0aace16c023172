import { formatProblem } from '../policy/model/yaml-document.ts';
import type { Problem } from '../policy/model/yaml-document.ts';

/** Texts of pages that cannot be used: the start stops, with every problem and its place in `message`. */
export class PageTextsError extends Error {
  readonly code = 'page-texts';
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[], message = problems.map(formatProblem).join('\n')) {
    super(message);
    this.name = 'PageTextsError';
    this.problems = problems;
  }
}

/** Which protected subject a host is about: by its own name, or by the categories that the lists put it into. */
import type { Image } from '../compile/image.ts';
import { categoryTexts } from '../lint/protected.ts';
import { subjectOfHost, subjectOfText } from '../lint/subjects.ts';
import type { ProtectedSubject } from '../lint/subjects.ts';

export class HostSubjects {
  readonly #image: Image;
  readonly #subjects: readonly ProtectedSubject[];
  readonly #known = new Map<string, string | null>();

  constructor(image: Image, subjects: readonly ProtectedSubject[]) {
    this.#image = image;
    this.#subjects = subjects;
  }

  /** As in a sentence: `health`; null for none. */
  of(host: string): string | null {
    const known = this.#known.get(host);
    if (known !== undefined) return known;
    const { program, places } = this.#image;
    const targets = new Set<number>();
    places.targets(host, targets);
    const named = [...targets].flatMap(
      (target) => program.categories[program.categoryOf[target] ?? -1] ?? [],
    );
    const categories = Object.fromEntries(named.map((category) => [category.name, category]));
    const texts = named.flatMap(({ name }) => categoryTexts({ categories }, name));
    const subject = subjectOfHost(this.#subjects, host) ?? subjectOfText(this.#subjects, texts);
    const title = subject?.title ?? null;
    this.#known.set(host, title);
    return title;
  }
}

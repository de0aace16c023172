/** Work under one name goes one at a time, in the order in which it came; under different names side by side. */
export class Turns {
  readonly #last = new Map<string, Promise<void>>();

  async take<T>(name: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(name);
    const result = before === undefined ? work() : before.then(work);
    const done = result.then(
      () => undefined,
      () => undefined,
    );
    this.#last.set(name, done);
    try {
      return await result;
    } finally {
      if (this.#last.get(name) === done) this.#last.delete(name);
    }
  }
}

/** How many entries a text of our format has, counted while it goes by: lines that are neither empty nor `@…` nor `#…`. */
const [newline, carriage, space, tab, hash, at] = [10, 13, 32, 9, 35, 64];

export class EntryCount {
  #entries = 0;
  /** Whether the line has said yet what it is. */
  #open = true;

  take(chunk: Uint8Array): void {
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i];
      if (byte === newline) this.#open = true;
      else if (!this.#open || byte === space || byte === tab || byte === carriage) continue;
      else {
        this.#open = false;
        if (byte !== hash && byte !== at) this.#entries++;
        // The rest of the line says nothing more.
        const end = chunk.indexOf(newline, i);
        i = end === -1 ? chunk.length : end - 1;
      }
    }
  }

  end(): number {
    return this.#entries;
  }
}

/** The field section of a message (RFC 9110 §5): order and spelling as received, looked up by lower-case name. */
export class Fields {
  readonly names: string[] = [];
  /** `names` in lower case. */
  readonly keys: string[] = [];
  readonly values: string[] = [];

  add(name: string, value: string): void {
    this.names.push(name);
    this.keys.push(name.toLowerCase());
    this.values.push(value);
  }

  /** The first value of `key` (lower case), or undefined. */
  get(key: string): string | undefined {
    const index = this.keys.indexOf(key);
    return index < 0 ? undefined : this.values[index];
  }

  has(key: string): boolean {
    return this.keys.includes(key);
  }

  count(key: string): number {
    let count = 0;
    for (const each of this.keys) if (each === key) count++;
    return count;
  }

  /** All values of `key` as one comma-separated list (RFC 9110 §5.3), or undefined. */
  list(key: string): string | undefined {
    let joined: string | undefined;
    for (let i = 0; i < this.keys.length; i++) {
      if (this.keys[i] === key)
        joined = joined === undefined ? this.values[i] : `${joined}, ${this.values[i]}`;
    }
    return joined;
  }
}

/** Whether the comma-separated list `value` holds the token `token` (lower case), compared without case. */
export function listHas(value: string | undefined, token: string): boolean {
  if (value === undefined) return false;
  if (value.length === token.length) return value.toLowerCase() === token;
  if (value.length < token.length) return false;
  return value
    .toLowerCase()
    .split(',')
    .some((member) => member.trim() === token);
}

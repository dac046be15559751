/** @file (count, pair) entries → the entry with the highest count first; among equal counts, the lowest pair key. */

/** A binary heap in two parallel arrays. A pair may lie in it several times: the caller drops outdated entries. */
export class PairHeap {
  readonly #counts: number[] = [];
  readonly #keys: number[] = [];

  get size(): number {
    return this.#keys.length;
  }

  push(count: number, key: number): void {
    let index = this.#keys.length;
    this.#counts.push(count);
    this.#keys.push(key);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#isBefore(index, parent)) return;
      this.#swap(index, parent);
      index = parent;
    }
  }

  pop(): { readonly count: number; readonly key: number } | undefined {
    const last = this.#keys.length - 1;
    if (last < 0) return undefined;
    this.#swap(0, last);
    const top = { count: this.#counts.pop()!, key: this.#keys.pop()! };
    this.#sink(last);
    return top;
  }

  #sink(size: number): void {
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      if (left >= size) return;
      const child = left + 1 < size && this.#isBefore(left + 1, left) ? left + 1 : left;
      if (!this.#isBefore(child, index)) return;
      this.#swap(index, child);
      index = child;
    }
  }

  #isBefore(a: number, b: number): boolean {
    const difference = this.#counts[a]! - this.#counts[b]!;
    return difference === 0 ? this.#keys[a]! < this.#keys[b]! : difference > 0;
  }

  #swap(a: number, b: number): void {
    [this.#counts[a], this.#counts[b]] = [this.#counts[b]!, this.#counts[a]!];
    [this.#keys[a], this.#keys[b]] = [this.#keys[b]!, this.#keys[a]!];
  }
}

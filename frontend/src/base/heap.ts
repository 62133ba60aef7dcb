/** A binary heap of numbered items, smallest key first. */
export class MinHeap {
  private readonly keys: number[] = [];
  private readonly items: number[] = [];

  get size(): number {
    return this.items.length;
  }

  push(item: number, key: number): void {
    let at = this.items.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.keys[parent] <= key) break;
      this.keys[at] = this.keys[parent];
      this.items[at] = this.items[parent];
      at = parent;
    }
    this.keys[at] = key;
    this.items[at] = item;
  }

  pop(): { item: number; key: number } | null {
    const size = this.items.length;
    if (size === 0) return null;
    const top = { item: this.items[0], key: this.keys[0] };
    const key = this.keys.pop() as number;
    const item = this.items.pop() as number;
    if (size > 1) this.sink(item, key);
    return top;
  }

  private sink(item: number, key: number): void {
    const size = this.items.length;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      if (child + 1 < size && this.keys[child + 1] < this.keys[child]) child++;
      if (this.keys[child] >= key) break;
      this.keys[at] = this.keys[child];
      this.items[at] = this.items[child];
      at = child;
    }
    this.keys[at] = key;
    this.items[at] = item;
  }
}

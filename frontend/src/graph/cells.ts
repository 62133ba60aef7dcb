import { strongestFirst } from "./filter";
import type { GraphData } from "./types";
import { Kind } from "./types";

const NOBODY = new Uint32Array();

/** Which nodes share a (token, line) cell, and how they could be arranged in it. */
export class Cells {
  readonly columnCount: number;
  /** Embeddings, then layers or sublayers: targets stand in no cell. */
  readonly rowCount: number;
  /** Of every node: targets have the row after the last line. */
  readonly rowNumber: Uint16Array;
  /** The first row whose cells are packed: boxes of tokens stand one by one. */
  readonly firstPacked: number;
  /** Nodes beyond the capacity: in no cell. */
  readonly crowded: Uint32Array;
  private readonly start: Uint32Array;
  private readonly sorted: Uint32Array;

  /** `capacity`: only so many of the strongest nodes get room; the others are `crowded`. */
  constructor(data: GraphData, capacity = Infinity) {
    const { count, kind, position, influence, index } = data.nodes;
    this.rowCount = data.lines.length;
    this.firstPacked = hasTokenLine(data) ? 1 : 0;
    this.rowNumber = new Uint16Array(count);
    const isTarget = new Uint8Array(count);
    for (const row of data.targets) isTarget[row] = 1;
    let columnCount = data.tokens.length;
    const rows: number[] = [];
    for (let row = 0; row < count; row++) {
      columnCount = Math.max(columnCount, position[row] + 1);
      this.rowNumber[row] = isTarget[row] ? this.rowCount : data.line[row];
      if (!isTarget[row]) rows.push(row);
    }
    this.crowded = Number.isFinite(capacity) ? strongestFirst(data).subarray(capacity) : NOBODY;
    const isCrowded = new Set(this.crowded);
    this.columnCount = Math.max(1, columnCount);

    const cellOf = new Uint32Array(count);
    this.start = new Uint32Array(this.columnCount * this.rowCount + 1);
    const roomy = rows.filter((row) => !isCrowded.has(row));
    for (const row of roomy) {
      cellOf[row] = Math.max(0, position[row]) * this.rowCount + this.rowNumber[row];
      this.start[cellOf[row] + 1]++;
    }
    for (let cell = 1; cell < this.start.length; cell++) this.start[cell] += this.start[cell - 1];
    this.sorted = Uint32Array.from(roomy).sort(
      (a, b) =>
        cellOf[a] - cellOf[b] ||
        rank(kind[a]) - rank(kind[b]) ||
        (kind[a] === Kind.head ? index[a] - index[b] : 0) ||
        influence[b] - influence[a] ||
        a - b,
    );
  }

  members(column: number, row: number): Uint32Array {
    const cell = column * this.rowCount + row;
    return this.sorted.subarray(this.start[cell], this.start[cell + 1]);
  }

  size(column: number, row: number): number {
    const cell = column * this.rowCount + row;
    return this.start[cell + 1] - this.start[cell];
  }

  /**
   * Nodes side by side per column and stacked per row. Cells keep about `stretch` nodes across
   * for each one up; one that is wide enough for its fullest cell is no wider.
   */
  split(stretch: number): Split {
    const across = new Uint16Array(this.columnCount);
    const up = new Uint16Array(this.rowCount);
    for (let column = 0; column < this.columnCount; column++) {
      let most = 0;
      for (let row = this.firstPacked; row < this.rowCount; row++)
        most = Math.max(most, this.size(column, row));
      across[column] = most === 0 ? 0 : Math.min(most, Math.ceil(Math.sqrt(most * stretch)));
    }
    for (let row = this.firstPacked; row < this.rowCount; row++) {
      for (let column = 0; column < this.columnCount; column++) {
        if (across[column] > 0) {
          up[row] = Math.max(up[row], Math.ceil(this.size(column, row) / across[column]));
        }
      }
    }
    for (let column = 0; column < this.columnCount; column++) {
      let need = 0;
      for (let row = this.firstPacked; row < this.rowCount; row++) {
        if (up[row] > 0) need = Math.max(need, Math.ceil(this.size(column, row) / up[row]));
      }
      across[column] = need;
    }
    return { across, up };
  }
}

/** Whether the lowest line is for tokens; a circuit of features begins with them, or with no line. */
const hasTokenLine = ({ circuit, nodes }: GraphData): boolean =>
  circuit === null || nodes.kind.includes(Kind.embedding);

export interface Split {
  readonly across: Uint16Array;
  readonly up: Uint16Array;
}

/** What a circuit is read by comes first: features, then what they missed, then constants. */
function rank(kind: number): number {
  if (kind === Kind.embedding) return 0;
  if (kind === Kind.feature || kind === Kind.head) return 1;
  return kind === Kind.error ? 2 : 3;
}

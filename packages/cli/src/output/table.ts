import { cutToWidth, printable, textWidth } from './text-width.ts';

/** One column of a table. */
export interface Column<Item> {
  readonly title: string;
  readonly of: (item: Item) => string | number | boolean | undefined;
  /** Numbers stand at the right. */
  readonly right?: true;
}

/** Prints rows as they come: the first ones say how wide the columns are. */
export class Table<Item> {
  readonly #columns: readonly Column<Item>[];
  readonly #most: number | undefined;
  #widths: readonly number[] | undefined;

  /** `most`: the columns of the terminal, where there is one. */
  constructor(columns: readonly Column<Item>[], most: number | undefined) {
    this.#columns = columns;
    this.#most = most;
  }

  /** The lines of these items, and the line of the titles before the first. */
  lines(items: readonly Item[]): { readonly head: string | undefined; readonly rows: readonly string[] } {
    const cells = items.map(item => this.#columns.map(({ of }) => printable(String(of(item) ?? ''))));
    const titles = this.#columns.map(({ title }) => title);
    const isFirst = this.#widths === undefined;
    this.#widths ??= titles.map((title, i) =>
      Math.max(...[title, ...cells.map(row => row[i] as string)].map(textWidth)),
    );
    return { head: isFirst ? this.#line(titles) : undefined, rows: cells.map(row => this.#line(row)) };
  }

  #line(cells: readonly string[]): string {
    const padded = cells.map((cell, i) => {
      const room = ' '.repeat(Math.max(0, ((this.#widths as readonly number[])[i] as number) - textWidth(cell)));
      return this.#columns[i]?.right ? room + cell : cell + room;
    });
    const line = padded.join('  ').trimEnd();
    return this.#most === undefined ? line : cutToWidth(line, this.#most);
  }
}

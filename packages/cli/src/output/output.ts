import type { Writable } from 'node:stream';
import { styleText } from 'node:util';
import { Failure } from '../failures/failure.ts';
import { toJson } from '../json/raw-numbers.ts';
import { shown } from './shown.ts';
import { type Column, Table } from './table.ts';
import { printable } from './text-width.ts';
import { visible } from './visible.ts';

/** How answers are printed: a table is for people, the others for programs. */
export const FORMATS = ['table', 'json', 'ndjson', 'yaml'] as const;
export type Format = (typeof FORMATS)[number];

/** Nobody reads any more (`| head -1`): a command that only prints ends, and the program says nothing. */
export class NobodyReads extends Error {}

/** What an output is made with. */
export interface OutputOptions {
  readonly stream: Writable;
  readonly format: Format;
  readonly isColoured: boolean;
  /** Of the terminal; undefined: there is none, and nothing is cut off. */
  readonly columns: number | undefined;
}

type Style = Parameters<typeof styleText>[0];

/** What a command prints. */
export class Output {
  readonly format: Format;
  readonly #options: OutputOptions;

  constructor(options: OutputOptions) {
    this.format = options.format;
    this.#options = options;
  }

  /** For people only: `format` is `table`. */
  get isForPeople(): boolean {
    return this.format === 'table';
  }

  /**
   * What a command found, as a list. All pages are asked for, also where nobody reads the list any more (`| head -1`): what the program ends with depends on
   * all of them.
   */
  async findings<Item>(
    pages: AsyncIterable<readonly Item[]>,
    columns: readonly Column<Item>[],
    none?: string,
  ): Promise<void> {
    const rest = pages[Symbol.asyncIterator]();
    // `list` would end the pages where it stops early, by their `return`. Without one they go on.
    const shared = { [Symbol.asyncIterator]: () => ({ next: () => rest.next() }) };
    await whereRead(this.list(shared, columns, none));
    while (!(await rest.next()).done);
  }

  /** A list, page by page: the first page is printed before the second one is asked for. `none` is said to people where there is nothing. */
  async list<Item>(
    pages: AsyncIterable<readonly Item[]> | Iterable<readonly Item[]>,
    columns: readonly Column<Item>[],
    none = 'none',
  ): Promise<void> {
    if (this.isForPeople) return this.#table(pages, columns, none);
    let count = 0;
    for await (const page of pages) {
      const texts = await Promise.all(page.map(item => this.#itemText(shown(item))));
      if (this.format === 'json')
        await this.write(texts.map((text, i) => `${count + i === 0 ? '[' : ','}\n${text}`).join(''));
      else await this.write(texts.join(''));
      count += page.length;
    }
    if (this.format === 'json') await this.write(count === 0 ? '[]\n' : '\n]\n');
    else if (count === 0 && this.format === 'yaml') await this.write('[]\n');
  }

  /**
   * One answer. To people `lines` are printed instead, which may have styles. Where nobody reads it any more the command goes on: it may have more to do, and
   * what the program ends with says how that went.
   */
  async one(answer: unknown, lines: string | readonly string[]): Promise<void> {
    await whereRead(this.write(await this.#oneText(answer, lines)));
  }

  /** Names and what they are, in lines of two columns. What is undefined is left out. */
  pairs(pairs: Readonly<Record<string, string | number | boolean | undefined>>): string[] {
    const there = Object.entries(pairs).filter(([, value]) => value !== undefined);
    const width = Math.max(0, ...there.map(([name]) => name.length));
    return there.map(([name, value]) => `${this.style('dim', name.padEnd(width))}  ${printable(String(value))}`);
  }

  /** The text in this style, where there are colours. */
  style(style: Style, text: string): string {
    return this.#options.isColoured ? styleText(style, text, { validateStream: false }) : text;
  }

  /** Resolves when the reader took it. Nothing in it reaches a terminal that is more than text. Throws `NobodyReads`. */
  write(text: string): Promise<void> {
    if (text === '') return Promise.resolve();
    const { stream, isColoured } = this.#options;
    return new Promise((resolve, reject) => {
      stream.write(visible(text, isColoured), error => {
        if (!error) resolve();
        else reject(ofOutput(error));
      });
    });
  }

  async #table<Item>(
    pages: AsyncIterable<readonly Item[]> | Iterable<readonly Item[]>,
    columns: readonly Column<Item>[],
    none: string,
  ): Promise<void> {
    const table = new Table(columns, this.#options.columns);
    let isEmpty = true;
    for await (const page of pages) {
      isEmpty = false;
      const { head, rows } = table.lines(page);
      const lines = head === undefined ? rows : [this.style('bold', head), ...rows];
      await this.write(lines.map(line => `${line}\n`).join(''));
    }
    // Programs count lines.
    if (isEmpty && this.#options.columns !== undefined) await this.write(`${this.style('dim', none)}\n`);
  }

  async #oneText(answer: unknown, lines: string | readonly string[]): Promise<string> {
    if (this.isForPeople)
      return [lines]
        .flat()
        .map(line => `${line}\n`)
        .join('');
    if (this.format === 'yaml') return (await import('./to-yaml.ts')).toYaml(shown(answer));
    return `${toJson(shown(answer), this.format === 'json' ? 2 : undefined)}\n`;
  }

  async #itemText(item: unknown): Promise<string> {
    if (this.format !== 'yaml') return this.format === 'json' ? toJson(item) : `${toJson(item)}\n`;
    return (await import('./to-yaml.ts')).toYaml([item]);
  }
}

/** Done where it was written, and where nobody reads any more. */
async function whereRead(written: Promise<void>): Promise<void> {
  await written.catch(error => {
    if (!(error instanceof NobodyReads)) throw error;
  });
}

function ofOutput({ code }: NodeJS.ErrnoException): Error {
  if (ENDS.has(code)) return new NobodyReads();
  return new Failure('OUTPUT_FAILED', `The output cannot be written (${code}): it is not whole.`);
}

const ENDS: ReadonlySet<string | undefined> = new Set(['EPIPE', 'ERR_STREAM_DESTROYED', 'ECONNRESET']);

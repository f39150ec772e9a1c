import { type Json, NumberText, type Path } from './json-tree.ts';
import { pointerOf } from './pointer.ts';

/** Where in the text a value stands, by its pointer. */
export type Spans = ReadonlyMap<string, readonly [from: number, to: number]>;

export interface JsonProblem {
  readonly message: string;
  /** Position in the text. */
  readonly at: number;
  /** Pointer of the value around it. */
  readonly path: string;
}

export type ReadResult =
  | { readonly tree: Json; readonly spans: Spans; readonly problem?: undefined }
  | { readonly problem: JsonProblem; readonly tree?: undefined; readonly spans?: undefined };

/** Deeper is refused: nobody writes it by hand, and a recursion without a bound ends the page. */
const DEEPEST = 200;

/** Reads JSON and keeps what `JSON.parse` loses: the text of numbers, names that stand twice (refused), and where each value is. */
export function readJson(text: string): ReadResult {
  const reader = new Reader(text);
  try {
    return { tree: reader.whole(), spans: reader.spans };
  } catch (error) {
    if (error instanceof Refused) return { problem: error.problem };
    throw error;
  }
}

class Refused extends Error {
  readonly problem: JsonProblem;

  constructor(problem: JsonProblem) {
    super(problem.message);
    this.problem = problem;
  }
}

class Reader {
  readonly spans = new Map<string, readonly [number, number]>();
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  whole(): Json {
    const value = this.#value([]);
    this.#space();
    if (this.#at < this.#text.length) this.#refuse('There is text behind the end of the value.', []);
    return value;
  }

  #value(path: Path): Json {
    if (path.length > DEEPEST) this.#refuse(`The value is nested deeper than ${DEEPEST} levels.`, path);
    this.#space();
    const from = this.#at;
    const value = this.#bare(path);
    this.spans.set(pointerOf(path), [from, this.#at]);
    return value;
  }

  #bare(path: Path): Json {
    const first = this.#text[this.#at];
    if (first === '{') return this.#object(path);
    if (first === '[') return this.#list(path);
    if (first === '"') return this.#string(path);
    if (first === 't') return this.#word('true', true, path);
    if (first === 'f') return this.#word('false', false, path);
    if (first === 'n') return this.#word('null', null, path);
    return this.#number(path);
  }

  #object(path: Path): Json {
    const object = new Map<string, Json>();
    this.#at++;
    if (this.#ends('}')) return object;
    for (;;) {
      this.#space();
      if (this.#text[this.#at] !== '"') this.#refuse('A name in double quotes belongs here.', path);
      const from = this.#at;
      const name = this.#string(path);
      if (object.has(name)) this.#refuse(`The name "${name}" stands here twice.`, [...path, name], from);
      this.#expect(':', path);
      object.set(name, this.#value([...path, name]));
      if (this.#ends('}')) return object;
      this.#expect(',', path, 'A comma or } belongs here.');
    }
  }

  #list(path: Path): Json {
    const list: Json[] = [];
    this.#at++;
    if (this.#ends(']')) return list;
    for (;;) {
      list.push(this.#value([...path, list.length]));
      if (this.#ends(']')) return list;
      this.#expect(',', path, 'A comma or ] belongs here.');
    }
  }

  #string(path: Path): string {
    const token = /"(?:[^"\\\n\r]|\\.)*"/y;
    token.lastIndex = this.#at;
    const found = token.exec(this.#text);
    if (found === null) this.#refuse('This text has no closing quote.', path);
    try {
      const text = JSON.parse(found[0]) as string;
      this.#at = token.lastIndex;
      return text;
    } catch {
      return this.#refuse('This text has a character or an escape that JSON does not allow.', path);
    }
  }

  #number(path: Path): Json {
    const token = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
    token.lastIndex = this.#at;
    const found = token.exec(this.#text);
    if (found === null)
      return this.#refuse(this.#at >= this.#text.length ? 'The text ends too early.' : 'A value belongs here.', path);
    this.#at = token.lastIndex;
    if (/[\w.]/.test(this.#text[this.#at] ?? '')) this.#refuse('This is not a number as JSON writes it.', path);
    return new NumberText(found[0]);
  }

  #word<T>(word: string, value: T, path: Path): T {
    if (!this.#text.startsWith(word, this.#at)) this.#refuse('A value belongs here.', path);
    this.#at += word.length;
    return value;
  }

  #ends(end: string): boolean {
    this.#space();
    if (this.#text[this.#at] !== end) return false;
    this.#at++;
    return true;
  }

  #expect(char: string, path: Path, message = `A "${char}" belongs here.`): void {
    this.#space();
    if (this.#text[this.#at] !== char) this.#refuse(message, path);
    this.#at++;
  }

  #space(): void {
    const space = /[ \t\n\r]*/y;
    space.lastIndex = this.#at;
    space.exec(this.#text);
    this.#at = space.lastIndex;
  }

  #refuse(message: string, path: Path, at = this.#at): never {
    throw new Refused({ message, at: Math.min(at, this.#text.length), path: pointerOf(path) });
  }
}

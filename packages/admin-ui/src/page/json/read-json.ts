import { type Json, NumberText } from './json-tree.ts';
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
  | { readonly tree: Json; readonly problem?: undefined }
  | { readonly problem: JsonProblem; readonly tree?: undefined };

/** Deeper is refused: nobody writes it by hand, and a recursion without a bound ends the page. */
const DEEPEST = 200;

/** Reads JSON and keeps what `JSON.parse` loses: the text of numbers, and names that stand twice (refused). */
export function readJson(text: string): ReadResult {
  return read(new Reader(text));
}

/** Where each value of a text stands; nothing of one that cannot be read. As many pointers as values: for whoever has something to mark. */
export function spansOf(text: string): Spans {
  const spans = new Map<string, readonly [number, number]>();
  const { problem } = read(new Reader(text, spans));
  return problem === undefined ? spans : new Map();
}

function read(reader: Reader): ReadResult {
  try {
    return { tree: reader.whole() };
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

// Each is made once: a value of some MB has a hundred thousand tokens.
const PLAIN = /"[ !#-[\]-\uffff]*"/y;
const STRING = /"(?:[^"\\\n\r]|\\.)*"/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /[\w.]/y;
const SPACE = /[ \t\n\r]*/y;

class Reader {
  readonly #text: string;
  readonly #spans: Map<string, readonly [number, number]> | undefined;
  /** From the root to what is read now. */
  readonly #path: (string | number)[] = [];
  #at = 0;

  constructor(text: string, spans?: Map<string, readonly [number, number]>) {
    this.#text = text;
    this.#spans = spans;
  }

  whole(): Json {
    const value = this.#value();
    this.#space();
    if (this.#at < this.#text.length) this.#refuse('There is text behind the end of the value.');
    return value;
  }

  #value(): Json {
    if (this.#path.length > DEEPEST) this.#refuse(`The value is nested deeper than ${DEEPEST} levels.`);
    this.#space();
    const from = this.#at;
    const value = this.#bare();
    this.#spans?.set(pointerOf(this.#path), [from, this.#at]);
    return value;
  }

  #below(step: string | number): Json {
    this.#path.push(step);
    const value = this.#value();
    this.#path.pop();
    return value;
  }

  #bare(): Json {
    const first = this.#text[this.#at];
    if (first === '{') return this.#object();
    if (first === '[') return this.#list();
    if (first === '"') return this.#string();
    if (first === 't') return this.#word('true', true);
    if (first === 'f') return this.#word('false', false);
    if (first === 'n') return this.#word('null', null);
    return this.#number();
  }

  #object(): Json {
    const object = new Map<string, Json>();
    this.#at++;
    if (this.#ends('}')) return object;
    for (;;) {
      this.#space();
      if (this.#text[this.#at] !== '"') this.#refuse('A name in double quotes belongs here.');
      const from = this.#at;
      const name = this.#string();
      if (object.has(name)) {
        this.#path.push(name);
        this.#refuse(`The name "${name}" stands here twice.`, from);
      }
      this.#expect(':');
      object.set(name, this.#below(name));
      if (this.#ends('}')) return object;
      this.#expect(',', 'A comma or } belongs here.');
    }
  }

  #list(): Json {
    const list: Json[] = [];
    this.#at++;
    if (this.#ends(']')) return list;
    for (;;) {
      list.push(this.#below(list.length));
      if (this.#ends(']')) return list;
      this.#expect(',', 'A comma or ] belongs here.');
    }
  }

  #string(): string {
    const from = this.#at;
    if (this.#take(PLAIN)) return this.#text.slice(from + 1, this.#at - 1);
    if (!this.#take(STRING)) this.#refuse('This text has no closing quote.');
    try {
      return JSON.parse(this.#text.slice(from, this.#at)) as string;
    } catch {
      return this.#refuse('This text has a character or an escape that JSON does not allow.', from);
    }
  }

  #number(): Json {
    const from = this.#at;
    if (!this.#take(NUMBER))
      return this.#refuse(from >= this.#text.length ? 'The text ends too early.' : 'A value belongs here.');
    const number = new NumberText(this.#text.slice(from, this.#at));
    const end = this.#at;
    if (this.#take(WORD)) this.#refuse('This is not a number as JSON writes it.', end);
    return number;
  }

  #word<T>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) this.#refuse('A value belongs here.');
    this.#at += word.length;
    return value;
  }

  #ends(end: string): boolean {
    this.#space();
    if (this.#text[this.#at] !== end) return false;
    this.#at++;
    return true;
  }

  #expect(char: string, message = `A "${char}" belongs here.`): void {
    this.#space();
    if (this.#text[this.#at] !== char) this.#refuse(message);
    this.#at++;
  }

  #space(): void {
    this.#take(SPACE);
  }

  #take(token: RegExp): boolean {
    token.lastIndex = this.#at;
    if (!token.test(this.#text)) return false;
    this.#at = token.lastIndex;
    return true;
  }

  #refuse(message: string, at = this.#at): never {
    throw new Refused({ message, at: Math.min(at, this.#text.length), path: pointerOf(this.#path) });
  }
}

import { toJson } from '../json/raw-numbers.ts';
import type { Imported, ImportNote } from './imported.ts';

interface Collected {
  readonly scope: string;
  readonly config: string;
  readonly isPart: boolean;
  readonly places: string[];
  value: unknown;
}

/** Puts values together: several may be parts of one config. */
export class CollectedValues {
  readonly #file: string;
  readonly #values = new Map<string, Collected>();
  readonly #notes: ImportNote[] = [];

  /** `file`: what they come from, for people. */
  constructor(file: string) {
    this.#file = file;
  }

  /** Keeps a value, or notes that another one stands in its place. `name` is what the other system calls it, `line` where that is said. */
  put(name: string, scope: string, config: string, path: readonly string[], value: unknown, line?: number): void {
    const place = `${this.#file}${line === undefined ? '' : `:${line}`} ${name}`;
    const key = `${scope}\n${config}`;
    const known = this.#values.get(key);
    if (path.length === 0) {
      if (known) this.note(name, `${config} of ${scope} has a value from elsewhere in this file already`);
      else this.#values.set(key, { scope, config, value, isPart: false, places: [place] });
      return;
    }
    const root = known ?? { scope, config, value: {}, isPart: true, places: [] };
    if (putInto(root, path, value)) {
      root.places.push(place);
      this.#values.set(key, root);
    } else this.note(name, `in ${config} of ${scope} another value stands at /${path.join('/')} or around it`);
  }

  note(name: string, message: string): void {
    this.#notes.push({ name, message });
  }

  done(): Imported {
    const entries = Array.from(this.#values.values(), ({ value, ...rest }) => ({ ...rest, json: toJson(value) }));
    return { entries, notes: this.#notes };
  }
}

/** False where something else is in the way. */
function putInto(root: { value: unknown }, path: readonly string[], value: unknown): boolean {
  let at = root as unknown as Record<string, unknown>;
  for (const name of ['value', ...path.slice(0, -1)]) {
    if (!Object.hasOwn(at, name)) define(at, name, {});
    const next = at[name];
    if (!isPlain(next)) return false;
    at = next;
  }
  const last = path.at(-1) as string;
  if (Object.hasOwn(at, last)) return false;
  define(at, last, value);
  return true;
}

/** Also where it is called `__proto__`. */
function define(object: Record<string, unknown>, name: string, value: unknown): void {
  Object.defineProperty(object, name, { value, enumerable: true, writable: true, configurable: true });
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

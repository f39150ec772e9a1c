import { type Signal, signal } from '@preact/signals';
import { type Editing, isChanged } from '../form-model/editing.ts';

/** Edits by scope and config. They live as long as the page, so that one may look elsewhere and come back. */
export class Drafts {
  readonly #drafts = new Map<string, Signal<Editing | undefined>>();
  readonly #changed = new Set<string>();
  /** How many edits have something to save: whether the page may be closed without a question. */
  readonly open = signal(0);

  of(scope: string, config: string): Signal<Editing | undefined> {
    const key = keyOf(scope, config);
    const known = this.#drafts.get(key);
    if (known !== undefined) return known;
    const draft = signal<Editing | undefined>(undefined);
    this.#drafts.set(key, draft);
    return draft;
  }

  put(scope: string, config: string, editing: Editing | undefined): void {
    this.of(scope, config).value = editing;
    const key = keyOf(scope, config);
    if (editing !== undefined && isChanged(editing)) this.#changed.add(key);
    else this.#changed.delete(key);
    this.open.value = this.#changed.size;
  }
}

function keyOf(scope: string, config: string): string {
  return `${scope} ${config}`;
}

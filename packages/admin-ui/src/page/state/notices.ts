import { signal } from '@preact/signals';

export interface Notice {
  readonly id: number;
  readonly kind: 'good' | 'bad';
  readonly text: string;
}

const SHOWN_MS = 6_000;

/** Short messages about what was done. Bad ones stay until they are closed. */
export class Notices {
  readonly shown = signal<readonly Notice[]>([]);
  #last = 0;

  good(text: string): void {
    const id = this.#add('good', text);
    setTimeout(() => this.close(id), SHOWN_MS);
  }

  bad(text: string): void {
    this.#add('bad', text);
  }

  close(id: number): void {
    this.shown.value = this.shown.value.filter(notice => notice.id !== id);
  }

  #add(kind: Notice['kind'], text: string): number {
    const id = ++this.#last;
    this.shown.value = [...this.shown.value.filter(notice => notice.text !== text), { id, kind, text }].slice(-4);
    return id;
  }
}

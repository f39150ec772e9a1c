import { type FSWatcher, watch } from 'node:fs';
import type { SeenFolder } from '../folder/walk-folder.ts';

/**
 * Listens to folders, and tells that something may have changed in one of them. Events are hints and no more: network file systems send none,
 * and folders beyond the limit are not listened to. What is there is found out by looking.
 */
export class FolderHints {
  readonly #most: number;
  readonly #onHint: (folder: string) => void;
  /** By place and identity: a folder that was made anew in its old place is another one to the system. */
  readonly #watchers = new Map<string, FSWatcher>();

  constructor(most: number, onHint: (folder: string) => void) {
    this.#most = most;
    this.#onHint = onHint;
  }

  /** Listens to these folders and to no others. */
  follow(folders: readonly SeenFolder[]): void {
    const wanted = new Map(folders.slice(0, this.#most).map(folder => [`${folder.id} ${folder.real}`, folder.real]));
    for (const key of [...this.#watchers.keys()]) if (!wanted.has(key)) this.#end(key);
    for (const [key, real] of wanted) if (!this.#watchers.has(key)) this.#begin(key, real);
  }

  close(): void {
    for (const key of [...this.#watchers.keys()]) this.#end(key);
  }

  #begin(key: string, real: string): void {
    try {
      const watcher = watch(real, { persistent: false });
      // Whatever it says, it is a hint: it may be that events were lost.
      watcher.on('change', () => this.#onHint(real));
      watcher.on('error', () => this.#end(key));
      this.#watchers.set(key, watcher);
    } catch {
      // Gone by now, or the system has no more watches to give: the next look finds what changes.
    }
  }

  #end(key: string): void {
    this.#watchers.get(key)?.close();
    this.#watchers.delete(key);
  }
}

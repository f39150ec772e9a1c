import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { SeededRandom } from '@tenantry/testing';
import { inScope } from '../scopes/scopes-state.ts';
import { FILE_PLACES, type FilePlace, SETTLE_MS } from './file-places.ts';
import { type Said, saidAnew } from './said.ts';
import { type ScopeFiles, saveFiles } from './save-files.ts';
import { textsOf } from './texts-of.ts';

/** What a folder says at the end, and what a checker must know of how it came about. */
export interface FilesState {
  /** Values by `scope config`. */
  readonly said: ReadonlyMap<string, unknown>;
  /** Stamps of changes that took so long that half of one may have counted. */
  readonly torn: ReadonlySet<string>;
}

interface Place {
  readonly said: Said;
  readonly files: ScopeFiles;
}

const PAUSE_MS = 250;
const NOTHING: Place = { said: { values: new Map(), stamp: '' }, files: new Map() };

/** A folder of configs that changes all the time, as people, editors and pipelines change it. It knows by itself what it says. */
export class ChangingFolder {
  readonly dir: string;
  readonly #random: SeededRandom;
  readonly #torn = new Set<string>();
  readonly #places = new Map<string, Place>();
  #changes = 0;
  #isWorking = false;
  #work: Promise<void> = Promise.resolve();

  constructor(dir: string, random: SeededRandom) {
    this.dir = dir;
    this.#random = random;
    for (const place of FILE_PLACES) {
      mkdirSync(join(dir, place.folder), { recursive: true });
      if (place.lasts) this.#change(place);
    }
  }

  work(): void {
    this.#isWorking = true;
    this.#work = this.#workOn();
  }

  async rest(): Promise<void> {
    this.#isWorking = false;
    await this.#work;
  }

  get state(): FilesState {
    const said = [...this.#places].flatMap(([scope, place]) =>
      [...place.said.values].map(([config, value]) => [inScope(scope, config), value] as const),
    );
    return { said: new Map(said), torn: this.#torn };
  }

  async #workOn(): Promise<void> {
    while (this.#isWorking) {
      // Several at once are one import of several scopes.
      for (let i = this.#random.int(1, 3); i > 0; i--) this.#change(this.#random.pick(FILE_PLACES));
      await pause(this.#random.int(0, PAUSE_MS));
    }
  }

  #change(place: FilePlace): void {
    const { said: before, files } = this.#places.get(place.scope) ?? NOTHING;
    const said = saidAnew(this.#random, place, before, `file-${++this.#changes}`);
    const texts = textsOf(this.#random, said.values);
    const folder = join(this.dir, place.folder);
    const ms = saveFiles(folder, files, texts);
    // It stood still in the middle of it: the loader may rightly have taken it for quiet.
    if (ms > SETTLE_MS / 2) for (const { stamp } of [before, said]) this.#torn.add(stamp);
    this.#places.set(place.scope, { said, files: texts });
    const isGroup = place.scope.startsWith('groups/filed');
    if (texts.size === 0 && !isGroup && this.#random.chance(0.5)) rmSync(folder, { recursive: true });
  }
}

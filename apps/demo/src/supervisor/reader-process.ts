import type { ClientStatus, Entry } from '@tenantry/sdk';
import { type RefRequest, refName } from '../definitions/catalogue.ts';
import { serviceLevel } from '../definitions/service-level.ts';
import type { SettingRequest } from '../definitions/settings.ts';
import type { Explained, FromReader, ReaderLife, ToReader } from '../reader/reader-messages.ts';
import { type Child, type ChildOptions, startChild } from './start-child.ts';

/** What a reader said about a ref. */
export interface Sighting {
  readonly entry: Entry<unknown>;
  /** When the reader had it, on the machine's clock. */
  readonly at: number;
}

type Answer = Extract<FromReader, { kind: 'answer' }>;
// `Omit` of a union would keep only what all of its members have.
type Call = { [K in ToReader['kind']]: Omit<Extract<ToReader, { kind: K }>, 'call'> }[ToReader['kind']];

/** Whoever wants to know of what it says. */
export interface ReaderEvents {
  changed(): void;
  status(reader: ReaderProcess): void;
}

const KEPT = 200;

/** One reader, whose process can be restarted, and everything that the present one has said so far. */
export class ReaderProcess {
  readonly name: string;
  readonly #options: Omit<ChildOptions, 'script' | 'args'>;
  readonly #sightings = new Map<string, Sighting[]>();
  readonly #answers = new Map<number, (answer: Answer) => void>();
  readonly #watched = new Map<string, RefRequest>();
  readonly #events: ReaderEvents;
  #child: Child | undefined;
  #hears = false;
  #restarting: Promise<void> | undefined;
  #calls = 0;
  status: ClientStatus | undefined;
  /** What it saw each time one of the refs that it watches together changed. */
  readonly together: (readonly unknown[])[] = [];
  /** How often it asked its source for a setting, by name. */
  readonly loads = new Map<string, number>();
  /** Sentences about refs that went back to an older version: there must never be one. */
  readonly backwards: string[] = [];

  private constructor(options: Omit<ChildOptions, 'script' | 'args'>, events: ReaderEvents) {
    this.name = options.name;
    this.#options = options;
    this.#events = events;
  }

  static async start(options: Omit<ChildOptions, 'script' | 'args'>, events: ReaderEvents): Promise<ReaderProcess> {
    const reader = new ReaderProcess(options, events);
    await reader.#start();
    return reader;
  }

  /** Undefined while none runs. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Ends the process and starts another, which watches the same and knows only what it finds. One at a time. */
  restart(): Promise<void> {
    this.#restarting ??= this.#restart().finally(() => {
      this.#restarting = undefined;
    });
    return this.#restarting;
  }

  /** Resolves when the reader watches all of them; those it watches already cost nothing. */
  async watch(requests: readonly RefRequest[]): Promise<void> {
    const fresh = requests.filter(request => !this.#watched.has(refName(request)));
    for (const request of fresh) this.#watched.set(refName(request), request);
    // One that is being started watches all of them anyway.
    if (fresh.length > 0 && this.#hears) await this.#call({ kind: 'watch', requests: fresh });
  }

  async watchTogether(requests: readonly RefRequest[]): Promise<void> {
    await this.#call({ kind: 'watchTogether', requests });
  }

  /** What the SDK answers now, and how long it took there. */
  async ask<T>(how: 'peek' | 'get' | 'entry', request: RefRequest): Promise<{ value: T; ms: number }> {
    const { value, ms } = await this.#call({ kind: 'ask', how, request });
    return { value: value as T, ms };
  }

  /** Everything it said about a ref, oldest first. */
  sightings(name: string): readonly Sighting[] {
    return this.#sightings.get(name) ?? [];
  }

  /** The names of all refs it has said something about, with the last of it. */
  *latest(): Iterable<[string, Sighting]> {
    for (const [name, sightings] of this.#sightings) yield [name, sightings.at(-1) as Sighting];
  }

  /** Where it says that a setting comes from. */
  async explain(request: SettingRequest): Promise<Explained | undefined> {
    return (await this.#call({ kind: 'explain', request })).value as Explained | undefined;
  }

  /** What it says of itself. */
  async life(): Promise<ReaderLife> {
    return (await this.#call({ kind: 'life' })).value as ReaderLife;
  }

  async end(): Promise<void> {
    await this.#child?.end();
  }

  async #restart(): Promise<void> {
    this.#hears = false;
    await this.#child?.end();
    this.#sightings.clear();
    this.status = undefined;
    await this.#start();
    await this.#call({ kind: 'watch', requests: [...this.#watched.values()] });
  }

  async #start(): Promise<void> {
    const script = new URL('../reader/main.js', import.meta.url).href;
    const child = startChild({ ...this.#options, script, args: [this.name] });
    this.#child = child;
    child.onMessage((message: FromReader) => this.#hear(message));
    void child.ended.then(error => {
      this.#child = undefined;
      this.#hears = false;
      for (const call of this.#answers.keys()) this.#hear({ kind: 'answer', call, error, ms: 0 });
    });
    await child.until(said => (said as FromReader).kind === 'ready' || undefined);
    this.#hears = true;
  }

  async #call(message: Call): Promise<Answer> {
    if (!this.#child || !this.#hears) throw new Error(`${this.name} does not run`);
    const call = ++this.#calls;
    this.#child.send({ ...message, call });
    const answer = await new Promise<Answer>(resolve => this.#answers.set(call, resolve));
    if (answer.error !== undefined) throw new Error(`${this.name}: ${answer.error}`);
    return answer;
  }

  #hear(message: FromReader): void {
    if (message.kind === 'status') {
      this.status = message.status;
      this.#events.status(this);
    } else if (message.kind === 'load') this.loads.set(message.name, (this.loads.get(message.name) ?? 0) + 1);
    else if (message.kind === 'together') this.together.push(message.values);
    else if (message.kind === 'entry') this.#see(message.name, { entry: message.entry, at: message.at });
    else if (message.kind === 'answer') {
      this.#answers.get(message.call)?.(message);
      this.#answers.delete(message.call);
    }
    this.#events.changed();
  }

  #see(name: string, sighting: Sighting): void {
    const before = this.#sightings.get(name) ?? [];
    const { version } = sighting.entry;
    const highest = before.reduce((highest, { entry }) => Math.max(highest, entry.version ?? 0), 0);
    // Where each scope counts for itself, a nearer one may be at a lower version.
    const isInherited = name.startsWith(`${serviceLevel.address} `);
    if (version !== undefined && version < highest && !isInherited)
      this.backwards.push(`${this.name} went from version ${highest} of ${name} back to ${version}`);
    this.#sightings.set(name, [...before.slice(1 - KEPT), sighting]);
  }
}

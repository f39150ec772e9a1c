import { type FaultProxy, type NodeProcess, spawnNode } from '@tenantry/testing';
import type { History } from '../history/history.ts';
import { asVariables, type ProcessSettings } from '../traffic/settings.ts';
import type { FromProcess, ToProcess } from '../traffic/tell.ts';

export type Role = 'writer' | 'worker' | 'reader' | 'loader';

export interface RunProcessParts {
  readonly role: Role;
  readonly index: number;
  readonly settings: Omit<ProcessSettings, 'name' | 'seed'>;
  readonly seed: number;
  readonly history: History;
  /** The proxies before its servers, where there are any. */
  readonly redisProxy: FaultProxy | undefined;
  readonly databaseProxy: FaultProxy;
  /** Died without being asked to. */
  onDeath(name: string, lastWords: string): void;
}

/** How soon a process is ready is no promise: six start at once, beside whatever else the machine does. */
const START_MS = 180_000;

const SCRIPTS = {
  writer: [new URL('../traffic/writer.ts', import.meta.url), []],
  reader: [new URL('../traffic/reader.ts', import.meta.url), []],
  loader: [new URL('../traffic/loader.ts', import.meta.url), []],
  worker: [
    new URL('../../../../packages/worker/src/main.ts', import.meta.url),
    ['--config', new URL('../traffic/worker.config.ts', import.meta.url).pathname],
  ],
} as const;

/** A process of the run that can be killed and started again, as somebody new. */
export class RunProcess {
  readonly role: Role;
  readonly redisProxy: FaultProxy | undefined;
  readonly databaseProxy: FaultProxy;
  readonly #parts: RunProcessParts;
  #life = 0;
  #child: NodeProcess | undefined;
  #said = new Map<FromProcess['kind'], (message: FromProcess) => void>();
  #mayDie = false;
  isWorking = false;

  constructor(parts: RunProcessParts) {
    this.#parts = parts;
    this.role = parts.role;
    this.redisProxy = parts.redisProxy;
    this.databaseProxy = parts.databaseProxy;
  }

  /** Another one in each life: what one life knew, the next does not. */
  get name(): string {
    return `${this.role}-${this.#parts.index}.${this.#life}`;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  get isRunning(): boolean {
    return this.#child !== undefined;
  }

  /** Resolves once it is ready. */
  async start(): Promise<void> {
    const { role, settings, history, onDeath } = this.#parts;
    this.#life++;
    this.#mayDie = false;
    const { name } = this;
    const [script, args] = SCRIPTS[role];
    const seed = this.#parts.seed + 1_000 * this.#life;
    const child = spawnNode(script, args, asVariables({ ...settings, name, seed }));
    this.#child = child;
    child.onMessage(message => {
      const said = message as FromProcess;
      if (said.kind === 'events') return history.add(said.events);
      this.#said.get(said.kind)?.(said);
    });
    void child.exit.then(how => {
      if (this.#child === child) this.#child = undefined;
      this.isWorking = false;
      if (!this.#mayDie) onDeath(name, `it ended with ${how}: ${child.lines.slice(-6).join(' | ')}`);
    });
    const isReady =
      role === 'worker' ? child.waitForLine('tenantry-worker: ready', START_MS) : this.#until('ready', START_MS);
    const died = child.exit.then(how => {
      throw new Error(`${name} ended with ${how} before it was ready: ${child.lines.slice(-6).join(' | ')}`);
    });
    await Promise.race([isReady, died]);
  }

  send(message: ToProcess): void {
    this.#child?.send(message);
  }

  work(): void {
    if (this.role !== 'writer') return;
    this.isWorking = true;
    this.send({ kind: 'work' });
  }

  /** Resolves when nothing of its own is under way. */
  async rest(): Promise<void> {
    if (this.role !== 'writer' || !this.isRunning) return;
    const resting = this.#until('resting', 30_000);
    this.isWorking = false;
    this.send({ kind: 'rest' });
    await resting;
  }

  async memory<T>(): Promise<T> {
    const told = this.#until('memory', 10_000);
    this.send({ kind: 'tell-memory' });
    return ((await told) as { memory: T }).memory;
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    if (this.pid) process.kill(this.pid, signal);
  }

  /** From now on its end is expected; resolves with it. */
  async ended(): Promise<void> {
    this.#mayDie = true;
    await this.#child?.exit;
  }

  async kill(): Promise<void> {
    this.#mayDie = true;
    await this.#child?.kill('SIGKILL');
  }

  #until(kind: FromProcess['kind'], timeoutMs: number): Promise<FromProcess> {
    return new Promise((resolve, reject) => {
      const why = (): string => `${this.name} did not say "${kind}": ${this.#child?.lines.slice(-6).join(' | ')}`;
      const timer = setTimeout(() => reject(new Error(why())), timeoutMs);
      const settle = (): void => {
        clearTimeout(timer);
        this.#said.delete(kind);
      };
      this.#said.set(kind, message => {
        settle();
        resolve(message);
      });
    });
  }
}

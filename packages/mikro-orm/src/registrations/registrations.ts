import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate } from 'node:timers/promises';
import type { MikroORM } from '@mikro-orm/core';
import type { RedisClient } from '@tenantry/redis';
import { isConnected } from '../database/connection-state.ts';
import type { DefinitionRegistry } from '../definitions/definition-registry.ts';
import type { Installation } from '../outbox/installation.ts';
import { configFingerprint, digest, entityFingerprint } from './fingerprints.ts';

/** The definitions that some running processes have registered: one for each different set of them. */
export interface Registration {
  /** When one of these processes last said so, in ms since 1970 by the clock of Redis. */
  readonly seenAt: number;
  /** The set that this process itself has registered. */
  readonly isOwn: boolean;
  /** Fingerprints by the names of configs: of the options, a dot, and of the schema or `-`. */
  readonly configs: Readonly<Record<string, string>>;
  /** Fingerprints by the names of entities' definitions. */
  readonly entities: Readonly<Record<string, string>>;
}

/** What registrations work with. */
export interface RegistrationsParts {
  readonly orm: MikroORM;
  readonly redis: RedisClient;
  /** The hash in Redis. */
  readonly name: string;
  readonly installation: Pick<Installation, 'check'>;
  readonly registry: DefinitionRegistry;
  readonly clock: () => number;
}

const FIRST_MS = 3_000;
const EVERY_MS = 60_000;
/** So long after its last word a process counts as running. */
const FRESH_MS = 3 * EVERY_MS;
const GONE_MS = 10 * EVERY_MS;
const EXPIRE_SECONDS = 3_600;
/** So many definitions in one turn of the event loop: a schema takes up to a millisecond. */
const AT_A_TIME = 20;

/**
 * Says in Redis, once a minute, which definitions this process has registered, so that others can see where they differ. It never connects, and
 * a process that may not write there goes on without. Processes with the same definitions share one field: the hash has one for each release that runs.
 */
export class Registrations {
  readonly #parts: RegistrationsParts;
  #timer: NodeJS.Timeout | undefined;
  #hasCleared = false;
  readonly #outside = AsyncLocalStorage.snapshot();

  constructor(parts: RegistrationsParts) {
    this.#parts = parts;
    this.#plan(FIRST_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** What the processes that run now have registered, this one first. Fails as ioredis does. */
  async list(): Promise<readonly Registration[]> {
    const { redis, name, clock } = this.#parts;
    const own = await this.#own();
    // Not HGETALL: options of the connection say what becomes of its reply.
    const found = (await redis.hvals(name)).flatMap(text => {
      const said = parse(text);
      if (!said || said.id === own.id || said.registration.seenAt <= clock() - FRESH_MS) return [];
      return [said.registration];
    });
    const { configs, entities } = own;
    return [{ seenAt: clock(), isOwn: true, configs, entities }, ...found];
  }

  #plan(ms: number): void {
    // A timer holds the context in which it is set.
    this.#timer = this.#outside(() => setTimeout(() => void this.#turn(), ms));
    this.#timer.unref();
  }

  async #turn(): Promise<void> {
    const timer = this.#timer;
    const { orm, redis } = this.#parts;
    // What nobody needs yet is not connected. What goes wrong is told by what needs it.
    const isUsed = isConnected(orm) && redis.status === 'ready';
    if (isUsed) await this.#say().catch(() => undefined);
    if (this.#timer === timer && timer) this.#plan(isUsed ? EVERY_MS : FIRST_MS);
  }

  async #say(): Promise<void> {
    const { redis, name, installation, clock } = this.#parts;
    await installation.check();
    const { id, configs, entities } = await this.#own();
    if (!this.#hasCleared) await this.#clear();
    this.#hasCleared = true;
    await Promise.all([
      redis.hset(name, id, JSON.stringify({ id, at: clock(), configs, entities })),
      redis.expire(name, EXPIRE_SECONDS),
    ]);
  }

  /** Takes away what processes said that have ended since. */
  async #clear(): Promise<void> {
    const { redis, name, clock } = this.#parts;
    const gone = (await redis.hvals(name)).flatMap(text => {
      const said = parse(text);
      return said && said.registration.seenAt < clock() - GONE_MS ? [said.id] : [];
    });
    if (gone.length > 0) await redis.hdel(name, ...gone);
  }

  async #own() {
    const { registry } = this.#parts;
    const configs: Record<string, string> = {};
    for (const [i, config] of registry.applicationConfigs().entries()) {
      if (i % AT_A_TIME === AT_A_TIME - 1) await setImmediate();
      configs[config.name] = configFingerprint(config);
    }
    const entities = Object.fromEntries(registry.entities().map(each => [each.name, entityFingerprint(each)]));
    return { id: digest({ configs, entities }), configs, entities };
  }
}

/** Undefined for what no process of this release wrote. */
function parse(text: string): { readonly id: string; readonly registration: Registration } | undefined {
  try {
    const { id, at, configs, entities } = JSON.parse(text) as Record<string, unknown>;
    if (typeof id !== 'string' || typeof at !== 'number' || !isTexts(configs) || !isTexts(entities)) return undefined;
    return { id, registration: { seenAt: at, isOwn: false, configs, entities } };
  } catch {
    return undefined;
  }
}

function isTexts(given: unknown): given is Readonly<Record<string, string>> {
  return typeof given === 'object' && given !== null && Object.values(given).every(each => typeof each === 'string');
}

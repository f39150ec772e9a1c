import type { ServiceConfigs, WriteServiceConfigs } from '../definitions/service-configs.ts';
import type { LoginRotation } from './login-rotation.ts';
import type { ServiceClient } from './service-client.ts';

const WINDOW_SECONDS = 3_600;

/** Changes what the three services are made of. */
export class ServiceChanges {
  readonly #rotation: LoginRotation;
  readonly #write: WriteServiceConfigs;
  /** How many there were. */
  count = 0;

  constructor(rotation: LoginRotation, write: WriteServiceConfigs) {
    this.#rotation = rotation;
    this.#write = write;
  }

  /** A new password, a new template and a new limit. */
  async change(): Promise<void> {
    const login = await this.#rotation.next();
    await this.#write({ 'database-login': login, ...this.next() });
  }

  /** A new template and a new limit, which somebody else writes. */
  next(): ServiceConfigs {
    const count = ++this.count;
    return {
      'mail-template': { html: `<h1>Letter ${count}</h1><p>Dear {{name}}</p>` },
      'call-limits': { most: mostAfter(count), windowSeconds: WINDOW_SECONDS },
    };
  }

  /** Changes them one time after the other, each once the services have followed. Answers the longest time of one in ms. */
  async swap(services: readonly ServiceClient[], times: number): Promise<number> {
    let slowest = 0;
    const before = await Promise.all(services.map(service => service.status()));
    for (let i = 1; i <= times; i++) {
      const startedAt = performance.now();
      await this.change();
      await Promise.all(services.map((service, n) => service.swapped((before[n]?.opened ?? 0) + i)));
      slowest = Math.max(slowest, performance.now() - startedAt);
      // Nobody uses it any more.
      await this.#rotation.retire();
    }
    return slowest;
  }

  /** Rejects where a service answers with something else than the newest. */
  async areIn(services: readonly ServiceClient[]): Promise<void> {
    for (const service of services) {
      const answer = await service.ask({ name: 'you', caller: 'a visitor' });
      const said = JSON.stringify(answer);
      if (!said.includes(this.#newest(service))) throw new Error(`${service.name} is not at the newest: ${said}`);
    }
  }

  #newest({ name }: ServiceClient): string {
    if (name === 'orders') return this.#rotation.current;
    return name === 'mail' ? `Letter ${this.count}<` : `"most":${mostAfter(this.count)}`;
  }
}

const mostAfter = (count: number): number => 1_000_000 + count;

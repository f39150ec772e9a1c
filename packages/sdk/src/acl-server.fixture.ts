import { GLOBAL_TENANT } from '@tenantry/protocol';
import { aclRules, monitorCommands, type RedisServer, startRedisServer } from '@tenantry/testing';
import { Redis } from 'ioredis';
import type { ClientOptions } from './client-options.ts';
import type { Client } from './create-client.ts';
import { currencyPut, planPut, startWorld, type World } from './world.fixture.ts';

/** The page with the rules that it tells users to set. */
export const securityPage = new URL('../../../docs/guides/security.md', import.meta.url);

/** A Redis server of the test's own, whose users and log are its own, too. */
export class AclServer implements AsyncDisposable {
  readonly #server: RedisServer;
  /** Has every right. */
  readonly admin: Redis;
  readonly #open: { disconnect(): void }[] = [];
  #world: World | undefined;

  static async start(): Promise<AclServer> {
    return new AclServer(await startRedisServer());
  }

  private constructor(server: RedisServer) {
    this.#server = server;
    this.admin = new Redis(server.url);
  }

  get port(): number {
    return this.#server.port;
  }

  get world(): World {
    if (!this.#world) throw new Error('openWorld() was not called.');
    return this.#world;
  }

  /** Two tenants and the global one. */
  async openWorld(): Promise<void> {
    this.#world = startWorld(this.#server.url);
    await this.world.apply('acme', planPut({ id: 1, version: 1, slug: 'gold', seats: 1 }));
    await this.world.apply('globex', planPut({ id: 1, version: 1, slug: 'gold', seats: 99 }));
    await this.world.apply(GLOBAL_TENANT, currencyPut('EUR', 2, 1));
  }

  async closeWorld(): Promise<void> {
    await this.world[Symbol.asyncDispose]();
    for (const each of this.#open.splice(0)) each.disconnect();
    await this.admin.call('ACL', 'LOG', 'RESET');
  }

  /** A connection of the user with the rules of the page. */
  async connectAs(user: string): Promise<Redis> {
    const rules = this.#rulesOf(user);
    await this.admin.call('ACL', 'DELUSER', user);
    await this.admin.call('ACL', 'SETUSER', ...rules);
    const redis = this.closeLater(
      new Redis({
        port: this.port,
        username: user,
        password: 'secret',
        retryStrategy: () => 20,
        disableClientInfo: true,
      }),
    );
    redis.on('error', () => undefined);
    return redis;
  }

  /** The keys and channels that the page gives to the user. */
  rulesOf(user: string): string[] {
    return this.#rulesOf(user).filter(rule => rule.startsWith('%R~') || rule.startsWith('&'));
  }

  #rulesOf(user: string): string[] {
    return aclRules(securityPage, user, { 'tenantry:': `${this.world.prefix}:`, PASSWORD: 'secret' });
  }

  async clientAs(user: string, options: Partial<ClientOptions> = {}): Promise<Client> {
    return this.world.client({ redis: await this.connectAs(user), ...options });
  }

  /** Disconnects it with the world. */
  closeLater<T extends { disconnect(): void }>(connection: T): T {
    this.#open.push(connection);
    return connection;
  }

  /** How many commands Redis has refused in this world. */
  async refused(): Promise<number> {
    return ((await this.admin.call('ACL', 'LOG')) as unknown[]).length;
  }

  /** The commands that connections opened from now on send. */
  async noteCommands(): Promise<ReadonlySet<string>> {
    const known = [...String(await this.admin.client('LIST')).matchAll(/ addr=(\S+)/g)].map(([, address]) => address);
    const used = new Set<string>();
    const monitor = await monitorCommands(this.#server, ({ from, args: [command = '', sub = ''] }) => {
      if (from === 'lua' || known.includes(from)) return;
      used.add((command === 'client' ? `${command}|${sub}` : command).toLowerCase());
    });
    this.closeLater({ disconnect: monitor.end });
    return used;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.admin.disconnect();
    await this.#server.close();
  }
}

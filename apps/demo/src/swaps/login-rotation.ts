import { randomBytes } from 'node:crypto';
import type { Pool } from 'mysql2/promise';
import type { Login } from '../services/open-pool.ts';

/**
 * Two users of the database with the same rights, of which one is in use. The other one's password is changed, and then they change places:
 * at no moment has a process that is in the middle of a call a password that is not valid. MySQL and MariaDB can do this alike.
 */
export class LoginRotation implements AsyncDisposable {
  /** Every password that there was. */
  readonly passwords: string[] = [];
  readonly users: readonly [string, string];
  readonly #server: Pool;
  #turn = 0;

  private constructor(server: Pool) {
    this.#server = server;
    const name = `demo_${randomBytes(6).toString('hex')}`;
    this.users = [`${name}_a`, `${name}_b`];
  }

  /** Makes the two users, who may read this database. `server` has the rights for that. */
  static async start(server: Pool, database: string): Promise<LoginRotation> {
    const rotation = new LoginRotation(server);
    for (const user of rotation.users) {
      await server.query("CREATE USER ?@'%' IDENTIFIED BY ?", [user, rotation.#newPassword()]);
      await server.query("GRANT SELECT ON ??.* TO ?@'%'", [database, user]);
    }
    return rotation;
  }

  /** The user who was made ready last. */
  get current(): string {
    return this.users[(this.#turn + 1) % 2] as string;
  }

  /** The user whose turn is next, with a new password. Nobody may be in the middle of a call with it: `retire` was called. */
  async next(): Promise<Login> {
    const user = this.users[this.#turn++ % 2] as string;
    return { user, password: await this.#change(user) };
  }

  /** Ends what the user before could sign in with. To be called once nobody uses it any more. */
  async retire(): Promise<void> {
    await this.#change(this.users[this.#turn % 2] as string);
  }

  /** How many connections these two have, as the server counts them. */
  async connections(): Promise<number> {
    const [sessions] = await this.#server.query('SHOW PROCESSLIST');
    return (sessions as { User: string }[]).filter(({ User }) => this.users.includes(User)).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const user of this.users) await this.#server.query("DROP USER IF EXISTS ?@'%'", [user]);
  }

  async #change(user: string): Promise<string> {
    const password = this.#newPassword();
    await this.#server.query("ALTER USER ?@'%' IDENTIFIED BY ?", [user, password]);
    return password;
  }

  #newPassword(): string {
    const password = `Aa1-${randomBytes(18).toString('base64url')}`;
    this.passwords.push(password);
    return password;
  }
}

import { createPool, type Pool } from 'mysql2/promise';

/** How to sign in. */
export interface Login {
  readonly user: string;
  readonly password: string;
}

/** A pool for the database at a url without a user. It connects with the first statement. */
export function openPool(url: string, { user, password }: Login): Pool {
  return createPool({ uri: url, user, password, connectionLimit: 4 });
}

import type { Principal } from '@tenantry/admin-api';

/** What is known of a caller beside its request. */
export interface Connection {
  /** The IP address of whoever is connected: of a proxy, where there is one. Undefined: nobody said. */
  readonly address?: string | undefined;
}

/**
 * Says who calls; undefined: nobody that it knows. It may have paths of its own, for signing in.
 */
export interface Auth {
  (request: Request, connection: Connection): Principal | undefined | Promise<Principal | undefined>;
  /** Answers what is none of the API's business, such as `/login`; undefined: not its path. */
  readonly respond?: (request: Request, connection: Connection) => Promise<Response | undefined>;
  /** Where the page sends a browser that has not signed in. */
  readonly login?: string;
  /** Where a browser signs out. */
  readonly logout?: string;
}

/** The browser's way in and out, where `auth` signs people in. Each answers with a redirect, or with a page that says why not. */
export interface SignIn {
  /** `/login?to=<path>` */
  login(request: Request): Promise<Response>;
  /** `/login/callback` */
  callback(request: Request): Promise<Response>;
  /** `/logout` */
  logout(request: Request): Promise<Response>;
}

/** The first of several that knows the caller: tokens for programs beside a proxy for people. */
export function firstOf(...auths: readonly Auth[]): Auth {
  const auth = async (request: Request, connection: Connection) => {
    for (const each of auths) {
      const principal = await each(request, connection);
      if (principal) return principal;
    }
    return undefined;
  };
  const respond = async (request: Request, connection: Connection) => {
    for (const each of auths) {
      const response = await each.respond?.(request, connection);
      if (response) return response;
    }
    return undefined;
  };
  const login = auths.find(each => each.login !== undefined)?.login;
  const logout = auths.find(each => each.logout !== undefined)?.logout;
  return Object.assign(auth, {
    respond,
    ...(login !== undefined && { login }),
    ...(logout !== undefined && { logout }),
  });
}

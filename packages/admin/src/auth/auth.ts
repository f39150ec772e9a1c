import type { Principal } from '@tenantry/admin-api';

/** What `auth` may use beside the request. */
export interface AuthContext {
  /** The address at the other end of the connection; undefined where the listener does not tell. */
  readonly address?: string | undefined;
}

/**
 * Says who calls; undefined: nobody who is known. Called for each request, so it asks nobody that is slow. What it throws is a 503 where it is
 * retryable, else a 500: nobody is let in by a fault.
 */
export interface Auth {
  (request: Request, context: AuthContext): Principal | undefined | Promise<Principal | undefined>;
  /** Signs people in with the browser; without it they bring what they need with each request. */
  readonly signIn?: SignIn;
}

/** The browser's way in and out. Each answers with a redirect, or with a page that says why not. */
export interface SignIn {
  /** `/login?to=<path>` */
  login(request: Request): Promise<Response>;
  /** `/login/callback` */
  callback(request: Request): Promise<Response>;
  /** `/logout` */
  logout(request: Request): Promise<Response>;
}

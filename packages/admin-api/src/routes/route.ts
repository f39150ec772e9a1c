import type { TSchema } from 'typebox';
import type { Verb } from '../rights/verbs.ts';

/** One thing that the API does. The server has a handler for each, OpenAPI, the command line, the tests and the docs walk the table. */
export interface Route {
  readonly method: 'GET' | 'PUT' | 'PATCH' | 'POST' | 'DELETE';
  /**
   * Below `/api/v1`. `{scope}` stands for `global`, `groups/{group}` and `tenants/{tenant}`: three paths, one route. A group's name has its `/`
   * as `%2F`, as every name has what is not allowed in a part of a path.
   */
  readonly path: string;
  /** What the caller must hold; `any`: being somebody is enough, and the answer has only what the caller may see; `public`: nothing. */
  readonly verb: Verb | 'any' | 'public';
  /** What the verb is asked of: the scope of the path, the installation, or each thing of the answer by itself. */
  readonly target: 'scope' | 'installation' | 'each';
  /** What config the verb is asked of, where the path names none: the groups of a scope decide all of its configs. */
  readonly config?: '@groups';
  /** Whether `If-Match` (or `If-None-Match: *` to create) is required. */
  readonly conditional?: true;
  /** True of a `POST` that only reads: it may be made where nothing may be changed. */
  readonly changesNothing?:
    | true
    | { /** Only with this property of the body it changes something. */ readonly unless: string };
  /** Its body may be as long as `maxBulkBytes` says: many changes that must be made together come in one. */
  readonly longBody?: true;
  /** For people: what it does. */
  readonly summary: string;
  readonly query?: TSchema;
  readonly body?: TSchema;
  /** The answer's body; undefined: 204. */
  readonly answer?: TSchema;
  /** Default `application/json`. */
  readonly produces?: 'text/event-stream' | 'application/x-ndjson';
}

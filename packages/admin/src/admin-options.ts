import type { AnyOrm } from '@tenantry/mikro-orm';
import type { Logger } from '@tenantry/protocol';
import {
  checkedBy,
  checkLogger,
  checkOptions,
  flag,
  fn,
  LONGEST_TIMER_MS,
  optional,
  refuseOption,
  required,
  whole,
} from '@tenantry/protocol/internal';
import type { Client } from '@tenantry/sdk';
import type { Auth, Connection } from './auth/auth.ts';
import type { AdminBackend } from './backend/admin-backend.ts';
import type { AdminMetricsOptions } from './health/health-surface.ts';
import { checkOfrepOptions, type OfrepOptions } from './ofrep/ofrep-options.ts';

/** Options of `createAdmin`. */
export interface AdminOptions {
  /** An ORM that was started with `tenantry({ admin: true, … })`. Stays yours to close. */
  readonly orm?: AnyOrm | undefined;
  /** In the place of `orm`: the folder of `@tenantry/dev`. Either of the two must be given. */
  readonly backend?: AdminBackend | undefined;
  /** A client of the same Redis and prefix, for what readers see. Stays yours to close. */
  readonly client: Client;
  /** Says who calls: `trustedHeader`, `staticTokens`, or a function of your own. Default: nobody does, and only this machine is answered. */
  readonly auth?: Auth | undefined;
  /** Who may do everything, whatever the grants say, as grants say it: `user:ann`, `group:ops`. Default: nobody; without `auth` whoever calls. */
  readonly admins?: readonly string[] | undefined;
  /** Answers what is not the API's: `createPage()` of `@tenantry/admin-ui`. Undefined from it: it does not know the path. Default: nothing is there. */
  readonly page?: ((request: Request, connection: Connection) => Promise<Response | undefined>) | undefined;
  /** Who may read `/metrics`, and what is in it. Default: this machine alone, and no label for tenants. */
  readonly metrics?: AdminMetricsOptions | undefined;
  /** Evaluation of flags over HTTP, for OpenFeature in any language. */
  readonly ofrep?: OfrepOptions | undefined;
  /** What stands before all paths, where the admin is a part of another server: `/admin`. Default: nothing. */
  readonly basePath?: string | undefined;
  /** True: nothing can be changed through this admin. Default false. */
  readonly readOnly?: boolean | undefined;
  /** The longest body, in bytes. Default 1,048,576 (1 MiB). */
  readonly maxBodyBytes?: number | undefined;
  /**
   * The longest body of several changes (`configs.bulk`, `configs.preview`), in bytes; at least `maxBodyBytes`. One that is longer than `maxBodyBytes` is
   * held at a time. Default 16,777,216 (16 MiB).
   */
  readonly maxBulkBytes?: number | undefined;
  /** How long a body may take to come, in ms. Default 10,000. */
  readonly bodyTimeoutMs?: number | undefined;
  /** How long answers that are under way may take after `close()`, in ms. Default 5,000. */
  readonly closeTimeoutMs?: number | undefined;
  /** ms since 1970, for what grants end by. Default: the clock of Redis, as the ORM knows it. */
  readonly clock?: (() => number) | undefined;
  /** Gets the same as `onError`, as lines: pino, `console`, or anything with `warn` and `error`. Default: nobody. */
  readonly logger?: Logger | undefined;
  /** Told of what went wrong and was borne, and of what is no fault of a caller. Never with a value. Default: nobody. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

const isClient = (value: unknown) =>
  typeof value === 'object' && value !== null && 'status$' in value && typeof (value as Client).tenant === 'function';
const isOrm = (value: unknown) =>
  typeof value === 'object' && value !== null && typeof (value as AnyOrm).config?.getExtension === 'function';
const isBackend = (value: unknown) =>
  typeof value === 'object' && value !== null && typeof (value as AdminBackend).writeTogether === 'function';
const isObject = (value: unknown) => typeof value === 'object' && value !== null;
const isNames = (value: unknown) =>
  Array.isArray(value) && value.every(each => typeof each === 'string' && /^(user|group):.+$/s.test(each));

/** Throws `INVALID_OPTION`, which shows what arrived. */
export function checkAdminOptions(options: AdminOptions) {
  const checked = checkOptions<AdminOptions, ReturnType<typeof rules>>('createAdmin', options, rules());
  if ((checked.orm === undefined) === (checked.backend === undefined))
    refuseOption('orm', 'an ORM that was started with `tenantry`, or left out where `backend` is given', options.orm);
  // Here and not where it is used: what is refused has started nothing that would have to be ended.
  return { ...checked, ofrep: checkOfrepOptions(checked.ofrep) };
}

function rules() {
  return {
    orm: optional<AnyOrm | undefined>('an ORM that was started with `tenantry`', isOrm, undefined),
    backend: optional<AdminBackend | undefined>('a backend, such as that of `openFolder`', isBackend, undefined),
    client: required('a client, made by `createClient`', isClient),
    auth: fn(),
    admins: optional('a list of `user:<id>` and `group:<name>`', isNames, [] as readonly string[]),
    page: fn(),
    metrics: optional('an object such as `{ public: true }`', isObject, {} as AdminMetricsOptions),
    ofrep: optional('an object of options', value => typeof value === 'object' && value !== null, {} as OfrepOptions),
    basePath: optional('a path such as /admin', path => typeof path === 'string' && /^(\/[\w.~-]+)*$/.test(path), ''),
    readOnly: flag(false),
    maxBodyBytes: whole(1, 1_073_741_824, 1_048_576),
    maxBulkBytes: whole(1, 1_073_741_824, 16_777_216),
    bodyTimeoutMs: whole(1, LONGEST_TIMER_MS, 10_000),
    closeTimeoutMs: whole(0, LONGEST_TIMER_MS, 5_000),
    clock: fn(),
    logger: checkedBy(checkLogger),
    onError: fn<(error: unknown) => void>(() => undefined),
  };
}

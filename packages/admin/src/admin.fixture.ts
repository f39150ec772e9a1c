import { type ConfigStore, configStore, type Grants, grants, type NewGrant } from '@tenantry/mikro-orm';
import { type AnyConfig, defineConfig } from '@tenantry/protocol';
import { type Client, type ClientOptions, createClient } from '@tenantry/sdk';
import { eventually } from '@tenantry/testing';
import { afterAll, beforeAll } from 'vitest';
import { z } from 'zod';
import { Plan, plans } from '../../mikro-orm/src/plans.fixture.ts';
import { openSystem, type SystemOptions, type TestSystem } from '../../mikro-orm/src/system.fixture.ts';
import type { AdminOptions } from './admin-options.ts';
import { trustedHeader } from './auth/trusted-header.ts';
import { type Admin, createAdmin } from './create-admin.ts';

export { Plan, plans };

/** A canary in a secret: it must never be seen but where it is revealed. */
export const CANARY = 'canary-7f3a9c';

/** What is not about budgets must not depend on them: the machine is busy. */
const PATIENT = { cacheTimeout: '30s', databaseTimeout: '30s' } as const;

export const seats = defineConfig({
  ...PATIENT,
  name: 'seats',
  schema: z.object({ seats: z.number(), name: z.string().optional() }),
  default: { seats: 1 },
  inherit: 'merge',
  group: 'plans',
});
export const mode = defineConfig({
  ...PATIENT,
  name: 'mode',
  schema: z.enum(['off', 'on']),
  default: 'off',
  group: 'features',
});
export const limit = defineConfig({
  ...PATIENT,
  name: 'app/limit',
  schema: z.number(),
  inherit: 'replace',
  aliases: ['app/old'],
});
export const secret = defineConfig({
  ...PATIENT,
  name: 'token',
  schema: z.object({ key: z.string(), list: z.array(z.string()).default([`${CANARY}-default`]) }),
  secret: true,
  inherit: 'replace',
});
export const later = defineConfig({ ...PATIENT, name: 'later', schema: z.number(), writePolicy: 'write-back' });
export const CONFIGS: readonly AnyConfig[] = [seats, mode, limit, secret, later];

/** What a call was answered with. */
export interface Answered {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the answer is, a test says what it must be.
  readonly body: any;
  readonly text: string;
  readonly headers: Headers;
  readonly etag: string;
}

/** Makes calls as somebody. */
export interface Caller {
  get(path: string, headers?: Record<string, string>): Promise<Answered>;
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answered>;
}

/** An admin over a system of its own. */
export interface Lab extends AsyncDisposable {
  readonly system: TestSystem;
  readonly store: ConfigStore;
  readonly grants: Grants;
  readonly client: Client;
  readonly admin: Admin;
  readonly errors: unknown[];
  as(user: string, groups?: string): Caller;
  /** Gives a grant, and waits until this admin has it. */
  give(grant: NewGrant): Promise<void>;
}

export interface LabOptions {
  readonly admin?: Partial<AdminOptions>;
  readonly system?: Partial<SystemOptions>;
  readonly client?: Partial<ClientOptions>;
  readonly configs?: readonly AnyConfig[];
}

export async function openLab(options: LabOptions = {}): Promise<Lab> {
  const { configs = CONFIGS, system: systemOptions } = options;
  const system = await openSystem({
    sync: [[Plan, plans]],
    ...systemOptions,
    tenantry: { admin: true, configs, ...systemOptions?.tenantry },
  });
  const { host, port } = system.redis.options;
  const redis = `redis://${host}:${port}`;
  // Ten looks at each feed a second, and none that came late on a busy machine makes its values stale.
  const quick = { heartbeatMs: 100, readTimeoutMs: 5_000, feedTimeoutMs: 10_000 };
  const client = await createClient({ redis, prefix: system.prefix, ...quick, ...options.client });
  const errors: unknown[] = [];
  const admin = await createAdmin({
    ...{ orm: system.orm, client, admins: ['user:root'], onError: error => errors.push(error) },
    auth: trustedHeader({ header: 'x-user', groupsHeader: 'x-groups', from: ['127.0.0.1'] }),
    ...options.admin,
  });
  const given = grants(system.orm);
  const lab: Lab = {
    ...{ system, client, admin, errors, store: configStore(system.orm), grants: given },
    as: (user, groups = '') => callerOf(admin, { 'x-user': user, 'x-groups': groups, 'sec-fetch-site': 'same-origin' }),
    async give(grant) {
      const { id } = await given.give(grant);
      const who = grant.who.replace(/^user:/, '');
      await eventually(async () => {
        const { body } = await lab.as(who).get('/me');
        return body.grants.some((each: { id: string }) => each.id === String(id));
      });
    },
    async [Symbol.asyncDispose]() {
      await admin.close();
      await client.close();
      await system[Symbol.asyncDispose]();
    },
  };
  return lab;
}

/** Calls the API; a user of '' is nobody. */
export function callerOf(admin: Admin, always: Record<string, string>): Caller {
  const send: Caller['send'] = async (method, path, body, headers = {}) => {
    const json = body === undefined ? {} : { 'content-type': 'application/json' };
    const request = new Request(`http://localhost/api/v1${path}`, {
      ...{ method, headers: { ...always, ...json, ...headers } },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const response = await admin.fetch(request, { address: '127.0.0.1' });
    // A stream has no end of its own.
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
    if (isStream) await response.body?.cancel();
    const text = isStream ? '' : await response.text();
    const isJson = /[/+]json$/.test(response.headers.get('content-type') ?? '') && text !== '';
    return {
      ...{ status: response.status, text, headers: response.headers, etag: response.headers.get('etag') ?? '' },
      body: isJson ? JSON.parse(text) : undefined,
    };
  };
  return { send, get: (path, headers) => send('GET', path, undefined, headers) };
}

/** One lab for all tests of a file. */
export let lab: Lab;

export function useLab(options: LabOptions = {}): void {
  beforeAll(async () => {
    lab = await openLab(options);
  });
  afterAll(() => lab[Symbol.asyncDispose]());
}

import type { StoredText, WriteOptions, WriteResult } from '@tenantry/mikro-orm';
import type { AnyConfig } from '@tenantry/protocol';
import { TenantryError } from '@tenantry/protocol';
import type { BackendConfigs } from '../../backend/admin-backend.ts';
import type { Answer, Call, Handler } from '../../calls/call.ts';
import { configNamed, configsOf, defined, type StoreParts } from '../../calls/handler-parts.ts';
import { etagOf, matchesRecord, triesOf } from '../../http/etag.ts';
import { parseLossless } from '../../http/lossless-json.ts';
import { Refused } from '../../http/refused.ts';
import { type ConfigView, readViews, recordName, toRecord } from './config-view.ts';

/** The routes that write one config on a condition. */
type WriteId = 'configs.set' | 'configs.patch' | 'configs.unset' | 'configs.rollback';

/** Sets a value. */
export function setConfig(parts: StoreParts): Handler<'configs.set'> {
  return call => {
    const value = givenValue(call.body.json, call.body.value, 'value');
    const { reason } = call.body;
    const ends = endOf(call);
    return write(parts, call, reason, (configs, config, options) =>
      configs.set(config, value, { ...options, ...ends }),
    );
  };
}

/** Merges into a value. */
export function patchConfig(parts: StoreParts): Handler<'configs.patch'> {
  return call => {
    const patch = givenValue(call.body.json, call.body.patch, 'patch');
    const { reason } = call.body;
    const ends = endOf(call);
    return write(parts, call, reason, (configs, config, options) =>
      configs.patch(config, patch as never, { ...options, ...ends }),
    );
  };
}

/** When the value ends, as the body says. `INVALID_REQUEST` for what is over: it would take the place of what is set, and nobody would ever get it. */
function endOf({ body: { expiresAt }, now }: Call<'configs.set'> | Call<'configs.patch'>): {
  expiresAt?: number | null;
} {
  if (expiresAt === undefined) return {};
  if (expiresAt === null || expiresAt > now) return { expiresAt };
  throw new Refused(
    400,
    'INVALID_REQUEST',
    'The value would have ended already: `expiresAt` must be after this moment.',
    {
      details: { issues: [{ path: 'expiresAt', message: 'is over' }] },
    },
  );
}

/** Takes a value away. */
export function unsetConfig(parts: StoreParts): Handler<'configs.unset'> {
  return call => write(parts, call, call.query.reason, (configs, config, options) => configs.unset(config, options));
}

/** Sets an earlier value again. */
export function rollbackConfig(parts: StoreParts): Handler<'configs.rollback'> {
  return call =>
    write(parts, call, call.body.reason, (configs, config, options) =>
      configs.rollback(config, call.body.version, options),
    );
}

/** The value of a body: its JSON text, of which nothing is lost, or the value itself. `INVALID_REQUEST` for both or none. */
export function givenValue(json: string | undefined, value: unknown, name: string): unknown {
  if ((json === undefined) === (value === undefined))
    throw new Refused(400, 'INVALID_REQUEST', `The body must have either \`json\` or \`${name}\`.`);
  return json === undefined ? value : parseLossless(json, 'json');
}

async function write<Id extends WriteId>(
  parts: StoreParts,
  call: Call<Id>,
  reason: string | undefined,
  work: (configs: BackendConfigs, config: AnyConfig, options: WriteOptions) => Promise<WriteResult>,
): Promise<Answer<Id>> {
  const { scope, request, principal, via } = call;
  const config = configNamed(parts, call.names.config as string);
  const record = recordName(scope, config);
  for (let tries = triesOf(request); ; tries--) {
    const own = (await parts.store.stored.of(scope, [config])).get(config.name);
    if (!isMet(request, record, own)) throw await conflict(parts, call, config);
    const options = { ifVersion: own?.version ?? 0, readToken: true } as const;
    try {
      const { version, policy, published, persisted, readToken } = await parts.store.runAs(
        defined({ actor: principal.id, reason, via }),
        () => work(configsOf(parts, scope), config, options),
      );
      const body = defined({ version, policy, published: published === 'now', durable: persisted, token: readToken });
      return { body: body as Answer<Id>['body'], etag: etagOf(record, version) };
    } catch (error) {
      if (!(error instanceof TenantryError && error.code === 'CONFLICT')) throw error;
      if (tries <= 1) throw await conflict(parts, call, config);
    }
  }
}

/** Whether what stands is what the caller has seen. */
function isMet(request: Request, record: string, own: StoredText | undefined): boolean {
  const isSet = own?.json !== undefined;
  const match = request.headers.get('if-match');
  if (match !== null && !matchesRecord(match, record, own?.version ?? 0, isSet)) return false;
  return request.headers.get('if-none-match') !== '*' || !isSet;
}

async function conflict(parts: StoreParts, call: Call<WriteId>, config: AnyConfig): Promise<Refused> {
  const [view] = await readViews(parts, call.scope, [config]);
  const current = toRecord(view as ConfigView);
  return new Refused(412, 'CONFLICT', `It is at version ${current.version} by now: nothing was written.`, {
    details: { currentVersion: current.version },
    ...(call.may('view', call.scope, config.name) && { current }),
  });
}

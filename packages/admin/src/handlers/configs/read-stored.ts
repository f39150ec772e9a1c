import { type AnswerOf, mayAnywhere } from '@tenantry/admin-api';
import type { StoredText } from '@tenantry/mikro-orm';
import type { AnyConfig, Scope } from '@tenantry/protocol';
import { GROUPS_NAME, tenantOfScope } from '@tenantry/protocol/internal';
import type { Call, Handler } from '../../calls/call.ts';
import { configNamed, defined, type StoreParts } from '../../calls/handler-parts.ts';
import { visiblePage } from '../../calls/visible-page.ts';
import { scopeText } from '../../http/canonical-path.ts';
import { notFound, Refused } from '../../http/refused.ts';
import { shownJson } from './config-view.ts';

/** About so long are the values of one answer: whoever asks for many scopes must not have to hold all of them at once. */
const MOST_LENGTH = 1_048_576;

type Item = AnswerOf<'configs.stored'>['scopes'][number];

/** What many scopes have of their own, as far as the caller may see it: for whoever compares them with files. No memory is filled by it. */
export function readStored(parts: StoreParts): Handler<'configs.stored'> {
  return async call => {
    const scopes = [...new Set(call.body.scopes.map(text => scopeText(text) as Scope))];
    for (const scope of scopes) checkSeen(call, scope);
    const asked = call.body.configs?.map(name => seen(parts, call, name)) ?? [...parts.store.definitions.values()];
    const stored = await parts.store.stored.ofMany(scopes, asked);
    const items: Item[] = [];
    for (let length = 0; items.length < scopes.length && length < MOST_LENGTH; ) {
      const scope = scopes[items.length] as Scope;
      const item = toItem(call, scope, asked, stored.get(scope));
      items.push(item);
      for (const { json = '' } of item.configs) length += json.length;
    }
    return { body: { scopes: items } };
  };
}

/** What a loader has set, as far as the caller may view it. */
export function listOwned({ store }: StoreParts): Handler<'configs.owned'> {
  return async call => ({
    body: await visiblePage(
      call,
      page => store.stored.withOrigin(`file:${call.query.loader}:`, page),
      item => (!isGone(item) && call.may('view', item.scope, item.config) ? item : undefined),
    ),
  });
}

/** The groups of a tenant that were taken away are a list of none, which is set: only the origin tells. */
function isGone({ origin }: { readonly origin: string }): boolean {
  return origin.endsWith('#gone');
}

/** A scope of which nothing may be listed is not told from one that is not there. `NOT_FOUND` */
function checkSeen(call: Call<'configs.stored'>, scope: Scope): void {
  tenantOfScope(scope);
  if (call.may('list', scope, undefined)) return;
  throw new Refused(404, 'NOT_FOUND', `There is no scope "${scope}", or you may not see it.`);
}

/** A config that the caller may list nowhere is not told from one that is not registered. `NOT_FOUND` */
function seen(parts: StoreParts, { rights, now }: Call<'configs.stored'>, name: string): AnyConfig {
  const config = configNamed(parts, name);
  if (!mayAnywhere(rights, 'list', config.name, now)) throw notFound();
  return config;
}

function toItem(
  call: Call<'configs.stored'>,
  scope: Scope,
  asked: readonly AnyConfig[],
  texts: ReadonlyMap<string, StoredText> = new Map(),
): Item {
  const groups = texts.get(GROUPS_NAME);
  return {
    scope,
    ...(groups && { groups: toGroups(call, scope, groups) }),
    configs: asked.flatMap(config => {
      const text = texts.get(config.name);
      return text && call.may('list', scope, config.name) ? toConfig(call, scope, config, text) : [];
    }),
  };
}

function toGroups(call: Call<'configs.stored'>, scope: Scope, { version, json, updatedBy, origin }: StoredText) {
  const mayView = call.may('view', scope, GROUPS_NAME);
  const groups = json === undefined ? undefined : (JSON.parse(json) as string[]);
  return defined({ version, groups, updatedBy, origin: mayView ? origin : undefined });
}

function toConfig(call: Call<'configs.stored'>, scope: Scope, config: AnyConfig, text: StoredText) {
  const { version, json, updatedBy, expiresAt, origin } = text;
  const mayView = call.may('view', scope, config.name);
  const shown = json === undefined || !config.secret ? json : shownJson(config, JSON.parse(json));
  const isSet = json !== undefined;
  const own = {
    name: config.name,
    version,
    set: isSet,
    updatedBy,
    expiresAt: isSet ? expiresAt?.getTime() : undefined,
  };
  return defined({ ...own, ...(mayView && { json: shown, origin }) });
}

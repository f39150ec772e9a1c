import { mayAnywhere } from '@tenantry/admin-api';
import type { AnyConfig } from '@tenantry/protocol';
import { jsonSchemaOf } from '@tenantry/protocol/internal';
import type { Call, Handler } from '../../calls/call.ts';
import { configNamed, defined, type StoreParts } from '../../calls/handler-parts.ts';
import { limitOf, placeOf, sealed } from '../../calls/visible-page.ts';
import { notFound } from '../../http/refused.ts';
import { shownJson } from './config-view.ts';

/** The registered configs that the caller may list in any scope. */
export function listDefinitions(parts: StoreParts): Handler<'definitions.list'> {
  return async call => {
    const any = call as unknown as Call;
    const part = call.query.search?.toLowerCase() ?? '';
    const after = placeOf(any) ?? '';
    const found = [...parts.store.definitions.values()]
      .filter(({ name }) => name > after && name.toLowerCase().includes(part))
      .filter(({ name }) => mayAnywhere(call.rights, 'list', name, call.now))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    const items = found.slice(0, limitOf(any));
    return { body: sealed(any, items.map(toDefinition), found.length > items.length ? items.at(-1)?.name : undefined) };
  };
}

/** One registered config. */
export function getDefinition(parts: StoreParts): Handler<'definitions.get'> {
  return async ({ names, rights, now }) => {
    const config = configNamed(parts, names.config as string);
    if (!mayAnywhere(rights, 'list', config.name, now)) throw notFound();
    return { body: toDefinition(config) };
  };
}

function toDefinition(config: AnyConfig) {
  const { name, inherit, mergeListsBy, writePolicy, persistence, secret, maxBytes, ttlMs, defaultJson } = config;
  return defined({
    ...{ name, inherit, mergeListsBy, writePolicy, persistence, secret, maxBytes, ttlMs },
    aliases: [...config.aliases],
    groups: [...config.groups],
    defaultJson: defaultJson === undefined ? undefined : shownJson(config, JSON.parse(defaultJson)),
    ...jsonSchemaOf(config),
  });
}

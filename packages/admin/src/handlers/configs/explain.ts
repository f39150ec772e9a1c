import type { Scope } from '@tenantry/protocol';
import type { Handler } from '../../calls/call.ts';
import { configNamed, defined, type StoreParts } from '../../calls/handler-parts.ts';
import { visiblePage } from '../../calls/visible-page.ts';
import { type ConfigView, readViews, shownJson } from './config-view.ts';

/** Where a value comes from. Layers that the caller may not view are named, and not shown. */
export function explainConfig(parts: StoreParts): Handler<'configs.explain'> {
  return async call => {
    const config = configNamed(parts, call.names.config as string);
    const [view] = (await readViews(parts, call.scope, [config])) as [ConfigView];
    const layers = view.resolution.layers.map(({ scope, version, value, kind }) => {
      const isHidden = scope !== 'default' && !call.may('view', scope as Scope, config.name);
      const json = isHidden ? undefined : shownJson(config, value);
      return defined({ scope, version, kind, json, hidden: isHidden ? (true as const) : undefined });
    });
    const fields = view.resolution.fields.map(({ path, scope }) => ({ path, scope }));
    return { body: defined({ effectiveJson: shownJson(config, view.resolution.value), layers, fields }) };
  };
}

/** Who overrides a value: the scopes that the caller may view. */
export function listOverrides(parts: StoreParts): Handler<'configs.overrides'> {
  return async call => {
    const config = configNamed(parts, call.names.config as string);
    const { path } = call.query;
    return {
      body: await visiblePage(
        call,
        page => parts.store.whoOverrides(config, { ...page, scope: call.scope, ...(path !== undefined && { path }) }),
        ({ scope, version, value }) =>
          call.may('view', scope, config.name) ? { scope, version, json: JSON.stringify(value) } : undefined,
      ),
    };
  };
}

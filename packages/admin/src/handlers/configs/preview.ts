import type { PreviewedChange } from '@tenantry/mikro-orm';
import type { Scope } from '@tenantry/protocol';
import { tenantOfScope } from '@tenantry/protocol/internal';
import type { Call, Handler } from '../../calls/call.ts';
import { configNamed, defined, type HandlerParts } from '../../calls/handler-parts.ts';
import { parseLossless } from '../../http/lossless-json.ts';
import { forbidden, notFound, Refused } from '../../http/refused.ts';

const MOST = 10_000;

/** What changes would do, as far as the caller may view it. Nothing is written. */
export function previewChanges(parts: HandlerParts): Handler<'configs.preview'> {
  return async call => {
    const { changes, limit = 100 } = call.body;
    const { total, changed } = await parts.store.preview(
      changes.map(change => toChange(parts, call, change)),
      { limit: MOST },
    );
    const seen = changed.filter(({ scope, config }) => call.may('view', scope, config));
    return {
      body: {
        tenants: new Set(seen.map(({ scope }) => scope)).size,
        complete: total <= MOST && seen.length <= limit,
        changed: seen.slice(0, limit).map(({ scope, config, before, after, fault }) =>
          defined({
            ...{ scope, config, problem: fault?.message },
            beforeJson: before === undefined ? undefined : JSON.stringify(before),
            afterJson: after === undefined ? undefined : JSON.stringify(after),
          }),
        ),
      },
    };
  };
}

function toChange(
  parts: HandlerParts,
  call: Call<'configs.preview'>,
  change: Call<'configs.preview'>['body']['changes'][number],
): PreviewedChange {
  const scope = change.scope as Scope;
  tenantOfScope(scope);
  if ('groups' in change) {
    if (!call.may('view', scope, '@groups')) throw notFound();
    return { scope, groups: change.groups };
  }
  if (!call.may('view', scope, change.config)) throw notFound();
  const config = configNamed(parts, change.config);
  // What a change leaves as it is is not listed: a guess at a secret could be told from a miss.
  if (config.secret && !call.may('reveal', scope, config.name)) throw forbidden('reveal');
  if ((change.json === undefined) === (change.unset === undefined))
    throw new Refused(400, 'INVALID_REQUEST', 'A change must have either `json` or `unset`.');
  return { scope, config, value: change.json === undefined ? undefined : parseLossless(change.json, 'json') };
}

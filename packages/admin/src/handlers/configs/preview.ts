import type { PreviewedChange } from '@tenantry/mikro-orm';
import { type Scope, TenantryError } from '@tenantry/protocol';
import { nextValue, tenantOfScope } from '@tenantry/protocol/internal';
import type { Call, Handler } from '../../calls/call.ts';
import { configNamed, defined, type StoreParts } from '../../calls/handler-parts.ts';
import { scopeText } from '../../http/canonical-path.ts';
import { parseLossless } from '../../http/lossless-json.ts';
import { forbidden, notFound, Refused } from '../../http/refused.ts';
import { checkJoined } from '../scopes/write-groups.ts';

const MOST = 10_000;

/** What changes would do, as far as the caller may view it. Nothing is written. */
export function previewChanges(parts: StoreParts): Handler<'configs.preview'> {
  return async call => {
    const { changes, limit = 100, values = true } = call.body;
    await checkGroups(parts, call);
    // Of other groups the same secret would not be listed: two that nobody showed could be told apart.
    const movesSecrets = changes.some(change => 'groups' in change);
    const isSecret = (name: string) => parts.store.definition(name)?.secret ?? true;
    const wanted = changes.map(change => toChange(parts, call, change));
    checkEach(wanted);
    const { total, changed } = await parts.store.preview(wanted, { limit: MOST });
    const seen = changed.filter(({ scope, config }) =>
      call.may(movesSecrets && isSecret(config) ? 'reveal' : 'view', scope, config),
    );
    return {
      body: {
        tenants: new Set(seen.map(({ scope }) => scope).filter(scope => scope.startsWith('tenants/'))).size,
        complete: total <= MOST && seen.length <= limit,
        changed: seen.slice(0, limit).map(({ scope, config, before, after, fault }) =>
          defined({
            ...{ scope, config, problem: fault?.message },
            beforeJson: before === undefined || !values ? undefined : JSON.stringify(before),
            afterJson: after === undefined || !values ? undefined : JSON.stringify(after),
          }),
        ),
      },
    };
  };
}

/** What a scope would inherit of a group is the group's: the same right as to join it. */
async function checkGroups({ store }: StoreParts, call: Call<'configs.preview'>): Promise<void> {
  const regrouped = call.body.changes.flatMap(change =>
    'groups' in change ? { scope: scopeText(change.scope) as Scope, groups: change.groups } : [],
  );
  for (const { scope } of regrouped) {
    tenantOfScope(scope);
    if (!call.may('view', scope, '@groups')) throw notFound();
  }
  const present = await store.stored.groups(regrouped.map(({ scope }) => scope));
  for (const { scope, groups } of regrouped)
    checkJoined(
      call,
      groups.filter(group => !present.get(scope)?.groups?.includes(group)),
    );
}

/** Of many changes those are told together which are bad by themselves: whoever asks leaves them out and asks for the others, instead of asking for each. */
function checkEach(changes: readonly PreviewedChange[]): void {
  if (changes.length === 1) return;
  const refused = changes.flatMap((each, change) => {
    if ('groups' in each || each.value === undefined) return [];
    try {
      nextValue('set', each.config, each.value);
      return [];
    } catch (error) {
      if (!(error instanceof TenantryError)) throw error;
      const { code, message } = error;
      return [{ change, code, message }];
    }
  });
  const [first] = refused;
  if (first) throw new Refused(422, first.code, first.message, { details: { refused } });
}

function toChange(
  parts: StoreParts,
  call: Call<'configs.preview'>,
  change: Call<'configs.preview'>['body']['changes'][number],
): PreviewedChange {
  const scope = scopeText(change.scope) as Scope;
  tenantOfScope(scope);
  if ('groups' in change) return { scope, groups: change.groups };
  if (!call.may('view', scope, change.config)) throw notFound();
  const config = configNamed(parts, change.config);
  // What a change leaves as it is is not listed: a guess at a secret could be told from a miss.
  if (config.secret && !call.may('reveal', scope, config.name)) throw forbidden('reveal');
  if ((change.json === undefined) === (change.unset === undefined))
    throw new Refused(400, 'INVALID_REQUEST', 'A change must have either `json` or `unset`.');
  return { scope, config, value: change.json === undefined ? undefined : parseLossless(change.json, 'json') };
}

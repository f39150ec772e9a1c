import type { Client } from '@tenantry/sdk';
import { type SettingRequest, settingOf } from '../definitions/settings.ts';
import type { Explained, ReaderLife } from './reader-messages.ts';

/** Can it serve, is that current, and why not. */
export async function lifeOf(client: Client): Promise<ReaderLife> {
  const [isReady, isFresh] = await Promise.all([is(client, 'any'), is(client, 'live')]);
  const reasons = (client.health() ?? []).map(({ kind, why, ageMs, failures, lastError }) => {
    // Errors do not survive the way to another process.
    return { kind, why, failures, since: Date.now() - Math.round(ageMs), lastError: lastError?.message };
  });
  return { isReady, isFresh, reasons };
}

/** Now, not in a while: what is not so at once is not so. */
function is(client: Client, freshness: 'any' | 'live'): Promise<boolean> {
  return client.whenReady({ freshness, timeoutMs: 1 }).then(
    () => true,
    () => false,
  );
}

/** Undefined: memory does not know all that decides it. */
export function explained(client: Client, { tenant, setting }: SettingRequest): Explained | undefined {
  const explanation = client.tenant(tenant).explain(settingOf(setting));
  if (!explanation) return undefined;
  const { value, fields } = explanation;
  return { value, from: Object.fromEntries(fields.map(({ path, scope }) => [path, scope])) };
}

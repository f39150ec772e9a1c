import type { ScopeText } from '../../../address/address.ts';
import type { App } from '../../../state/app.ts';
import type { CopyPlan } from './plan-copy.ts';

/** How a copy is written. */
export interface WriteCopyOptions {
  /** Reveals secrets, which the audit log of the source says, with the reason. */
  readonly withSecrets: boolean;
  readonly reason: string | undefined;
}

/** Writes what differs, all or nothing, where the target still has what was looked at. Answers how many configs were written. */
export async function writeCopy(
  { api }: App,
  source: ScopeText,
  { target, rows }: CopyPlan,
  { withSecrets, reason }: WriteCopyOptions,
): Promise<number> {
  const changes: { config: string; json: string; ifVersion: number }[] = [];
  for (const { config, kind, json, version } of rows) {
    if (kind === 'write' && json !== undefined) changes.push({ config, json, ifVersion: version });
    if (kind !== 'secret' || !withSecrets) continue;
    const shown = await api.write('configs.reveal', {
      names: { scope: source, config },
      body: { reason: reason ?? '' },
    });
    if (shown.answer.json !== undefined) changes.push({ config, json: shown.answer.json, ifVersion: version });
  }
  await api.write('configs.bulk', { names: { scope: target }, body: { changes, ...(reason && { reason }) } });
  return changes.length;
}

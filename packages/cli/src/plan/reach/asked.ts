import type { BodyOf } from '@tenantry/admin-api';
import type { PlannedChange } from '../plan.ts';

/** A change as the server is asked what it would do. */
export type PreviewedChange = BodyOf<'configs.preview'>['changes'][number];

/** A change that the server is asked about, and where it came from. */
export interface Asked {
  readonly scope: string;
  readonly change: PlannedChange;
  readonly body: PreviewedChange;
}

export function toAsked(scope: string, change: PlannedChange): Asked {
  const { config, op, json } = change;
  const body = op === 'unset' ? { scope, config, unset: true as const } : { scope, config, json: json as string };
  return { scope, change, body };
}

/** As JSON in JSON, nearly all of it of letters and quotes. */
export function bytesOf({ change }: Asked): number {
  return Buffer.byteLength(change.json ?? '') * 2;
}

import { tenantId } from '@tenantry/protocol';
import {
  checkFunctionOption,
  checkOptionNames,
  checkWholeOption,
  LONGEST_TIMER_MS,
  refuseOption,
  withDefaults,
} from '@tenantry/protocol/internal';
import type { AuditFinding, AuditSummary } from './audit-summary.ts';

/** Options of `audit`. */
export interface AuditOptions {
  /** Only this tenant. Default: all of them. */
  readonly tenant?: string | undefined;
  /** Brings Redis to what the database has, and looks again. Default: false, nothing is changed. */
  readonly repair?: boolean | undefined;
  /** Goes on after this point: `after` of a summary. */
  readonly after?: string | undefined;
  /** Rows, records and keys that are compared together. Default 200. */
  readonly batchSize?: number | undefined;
  /** How long, in ms, it rests after each batch. Default 0. */
  readonly pauseMs?: number | undefined;
  /** How long, in ms, it waits for what is being published before it leaves that to a later audit. Default 1,000. */
  readonly graceMs?: number | undefined;
  /** Told of each finding, at once. SCAN may give a name twice while Redis's table of names grows or shrinks: then it is told twice, and counted twice. */
  readonly onFinding?: ((finding: AuditFinding) => void) | undefined;
  /** Told after each batch; `after` of what it is told resumes the audit there. */
  readonly onProgress?: ((summary: AuditSummary) => void) | undefined;
  /** Stops after the batch that is under way. */
  readonly signal?: AbortSignal | undefined;
}

const DEFAULTS = Object.freeze({
  repair: false,
  batchSize: 200,
  pauseMs: 0,
  graceMs: 1_000,
});

/** Options of `audit`, checked, with their defaults. */
export type CheckedAuditOptions = ReturnType<typeof checkAuditOptions>;

/** `INVALID_OPTION` where one is wrong, or is none of `audit`. */
export function checkAuditOptions(options: AuditOptions) {
  const { tenant, repair, after } = options;
  checkOptionNames('audit', options, [
    ...['tenant', 'after', 'onFinding', 'onProgress', 'signal'],
    ...Object.keys(DEFAULTS),
  ]);
  if (tenant !== undefined) tenantId(tenant);
  if (repair !== undefined && typeof repair !== 'boolean') refuseOption('repair', 'true or false', repair);
  if (after !== undefined && typeof after !== 'string') refuseOption('after', 'the `after` of an audit', after);
  checkWholeOption('batchSize', options.batchSize, 1, 10_000);
  for (const name of ['pauseMs', 'graceMs'] as const) checkWholeOption(name, options[name], 0, LONGEST_TIMER_MS);
  for (const name of ['onFinding', 'onProgress'] as const) checkFunctionOption(name, options[name]);
  return withDefaults(DEFAULTS, options);
}

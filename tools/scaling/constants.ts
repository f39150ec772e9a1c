import type { Constants } from './fleet-load.ts';

export type { Constants } from './fleet-load.ts';

/** What tools/scaling.ts --measure showed in one run on a two-core machine that did nothing else, with Redis 7.0; trust the ratios. */
export const MEASURED: Constants = Object.freeze({
  tenantBytes: 4_500,
  recordBytes: 10,
  keyBytes: 210,
  messageBytes: 160,
  connectionBytes: 38_000,
  subscriptionBytes: 130,
  applyMicros: 70,
  deliveryMicros: 8.2,
  beatMicros: 78,
  headMicros: 5.7,
  readMicros: 1.4,
  subscribeMicros: 0.51,
  scanMicros: 0.62,
  readerTenantBytes: 2_200,
  readerEntryBytes: 340,
});

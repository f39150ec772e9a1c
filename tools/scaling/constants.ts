import type { Constants } from './fleet-load.ts';

export type { Constants } from './fleet-load.ts';

/** What tools/scaling.ts --measure showed on a noisy two-core machine with Redis 7.0; trust the ratios. */
export const MEASURED: Constants = Object.freeze({
  tenantBytes: 4_500,
  recordBytes: 9,
  keyBytes: 160,
  messageBytes: 160,
  connectionBytes: 38_000,
  subscriptionBytes: 130,
  applyMicros: 28,
  deliveryMicros: 4.8,
  // Measured later, on a busier machine, where it was 180 and the others were 2.5 times what stands here in the middle.
  beatMicros: 70,
  headMicros: 5.5,
  readMicros: 0.87,
  subscribeMicros: 0.54,
  scanMicros: 0.61,
  // Measured later: 2.7 kB and 360 with what is compiled on the way.
  readerTenantBytes: 2_300,
  readerEntryBytes: 340,
});

/** Who notices the rows' changes. */
export type Capture = 'hooks' | 'trigger';

/** Shapes of entities that a world may have beside plans and limits. */
export const SHAPES = ['uuid', 'composite', 'sti', 'tpt', 'pivot', 'json', 'dates'] as const;
export type ShapeName = (typeof SHAPES)[number];

/** Only JavaScript knows how such a key is spelled: triggers are refused at the start. */
export const UNKNOWN_TO_TRIGGERS: readonly ShapeName[] = ['uuid', 'dates'];

const LIBRARIES = ['zod', 'valibot', 'arktype'] as const;
const TIMEZONES = ['utc', 'timezone Z', 'timezone +05:30, not forced'] as const;

/** What a seed decides about an application: its entities, and the options of its libraries. Plain data: processes are sent it. */
export interface DrawnWorld {
  readonly shapes: readonly ShapeName[];
  readonly library: (typeof LIBRARIES)[number];
  readonly timezone: (typeof TIMEZONES)[number];
  readonly orm: Readonly<Record<keyof typeof ORM, boolean>>;
  readonly redis: Readonly<Record<keyof typeof REDIS, boolean>>;
  readonly tenantry: Readonly<Record<keyof typeof TENANTRY, boolean>>;
}

// Each option is on where an odd number of the seed's lowest bits under its mask is set. No two masks are alike, so every two options
// are drawn in all four ways within 32 seeds, but for `replyMapping`. Mask 1 is the capture's.
const ORM = {
  entityCase: 0b0010,
  filter: 0b0100,
  resultCache: 0b1000,
  noForeignKeys: 0b0110,
  entitiesTs: 0b1010,
  batchSize: 0b1100,
  noBatchInserts: 0b1110,
  allowGlobalContext: 0b0011,
} as const;
const REDIS = {
  stringNumbers: 0b0101,
  enableAutoPipelining: 0b0111,
  lazyConnect: 0b1001,
  commandTimeout: 0b1011,
  resp2: 0b1101,
  replyMapping: 0b1111,
  /** One of the two readers makes its connection from a URL, and so has none of these. */
  fromUrl: 0b10001,
} as const;
const TENANTRY = { publishInBackground: 0b10010 } as const;

/** The same for the same seed. Within 20 seeds in a row each option is drawn both ways, and each shape, library and timezone at least once. */
export function drawWorld(seed: number, capture: Capture): DrawnWorld {
  const shapes = SHAPES.filter(shape => capture === 'hooks' || !UNKNOWN_TO_TRIGGERS.includes(shape));
  // By the half: every other seed has the other capture.
  const half = Math.floor(seed / 2);
  const first = half % shapes.length;
  const second = (first + 1 + (Math.floor(half / shapes.length) % (shapes.length - 1))) % shapes.length;
  const redis = drawn(REDIS, seed);
  return {
    shapes: [shapes[first], shapes[second]] as ShapeName[],
    library: LIBRARIES[seed % 3] as DrawnWorld['library'],
    timezone: TIMEZONES[Math.floor(seed / 3) % 3] as DrawnWorld['timezone'],
    orm: drawn(ORM, seed),
    // Without RESP 3 there is nothing to map.
    redis: { ...redis, replyMapping: redis.replyMapping && !redis.resp2 },
    tenantry: drawn(TENANTRY, seed),
  };
}

/** One line for people. */
export function describeWorld({ shapes, library, timezone, orm, redis, tenantry }: DrawnWorld): string {
  const on = [orm, redis, tenantry].flatMap(options =>
    Object.entries(options).flatMap(([name, isOn]) => (isOn ? [name] : [])),
  );
  return [...shapes, library, timezone, ...on].join(', ');
}

function drawn<K extends string>(masks: Readonly<Record<K, number>>, seed: number): Record<K, boolean> {
  const isOdd = (bits: number): boolean => [1, 2, 4, 8, 16].filter(bit => bits & bit).length % 2 === 1;
  return Object.fromEntries(Object.entries<number>(masks).map(([name, mask]) => [name, isOdd(seed & mask)])) as never;
}

/** Options whose types were checked one by one. */
type CheckedOptions = Readonly<Partial<Record<string, unknown>>>;

/** Why these options of a config do not go together; undefined: they do. */
export function conflictOf(options: CheckedOptions): string | undefined {
  const { writePolicy, cache = 'replicated', persistence, ttl } = options;
  const given = (option: string) => options[option] !== undefined;
  const impossible: [boolean, string][] = [
    [
      persistence === 'none' && writePolicy !== undefined && writePolicy !== 'write-through',
      `\`persistence: 'none'\` has no database that ${writePolicy} could write to. Leave one of the two out`,
    ],
    [
      persistence === 'none' && cache !== 'replicated',
      `\`persistence: 'none'\` with \`cache: '${cache}'\` would keep the value nowhere`,
    ],
    [
      persistence === 'none' && (given('keepRevisions') || given('databaseTimeout') || given('negativeTtl')),
      "`persistence: 'none'` has no database: `keepRevisions`, `databaseTimeout` and `negativeTtl` say nothing",
    ],
    [
      persistence === 'none' && (given('maxStale') || given('eagerRefresh') || given('retryThrottle')),
      "`persistence: 'none'` has nothing to load from: `maxStale`, `eagerRefresh` and `retryThrottle` say nothing",
    ],
    [
      writePolicy === 'write-back' && cache !== 'replicated',
      `write-back keeps what is not yet in the database in Redis, which \`cache: '${cache}'\` leaves out`,
    ],
    [given('durability') && writePolicy !== 'write-back', '`durability` is for write-back alone'],
    [cache === 'off' && ttl !== undefined, "`cache: 'off'` keeps nothing that a `ttl` could end"],
    [
      ttl === undefined && (given('ttlJitter') || given('maxStale') || given('eagerRefresh')),
      '`ttlJitter`, `maxStale` and `eagerRefresh` need a `ttl`',
    ],
  ];
  return [...impossible, ...withInheritance(options)].find(([holds]) => holds)?.[1];
}

function withInheritance({ inherit = 'none', mergeListsBy, ...options }: CheckedOptions): [boolean, string][] {
  const { writePolicy = 'write-through', cache = 'replicated', persistence, ttl } = options;
  const inherits = inherit !== 'none';
  return [
    [
      mergeListsBy !== undefined && inherit !== 'merge',
      "`mergeListsBy` says how lists are merged: it needs `inherit: 'merge'`",
    ],
    [
      inherits && persistence === 'none',
      `\`inherit: '${inherit}'\` needs the database, where a write is checked against the values of other scopes: leave \`persistence: 'none'\` out`,
    ],
    [
      inherits && (writePolicy !== 'write-through' || cache !== 'replicated'),
      `\`inherit: '${inherit}'\` needs the values of all scopes in Redis as soon as they are set: leave ${inTheWay(writePolicy, cache)} out`,
    ],
    [
      inherits && ttl !== undefined,
      `\`inherit: '${inherit}'\` leaves the freshness of values to the feeds of their scopes: leave \`ttl\` out`,
    ],
  ];
}

function inTheWay(writePolicy: unknown, cache: unknown): string {
  const options = [
    writePolicy === 'write-through' ? [] : `\`writePolicy: '${writePolicy}'\``,
    cache === 'replicated' ? [] : `\`cache: '${cache}'\``,
  ];
  return options.flat().join(' and ');
}

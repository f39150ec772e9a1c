import { describeArrived, TenantryError } from '../errors/tenantry-error.ts';
import type { ConfigOptions, Durability } from './define-config.ts';
import { checkDefinitionName } from './definition-name.ts';
import { parseDuration } from './duration.ts';

const CHOICES = Object.freeze({
  writePolicy: ['write-through', 'write-around', 'write-back'],
  cache: ['replicated', 'local', 'off'],
  persistence: ['database', 'none'],
} as const);

const DURATIONS = ['ttl', 'maxStale', 'retryThrottle', 'negativeTtl', 'databaseTimeout', 'cacheTimeout'] as const;

const KNOWN: readonly string[] = [
  ...['name', 'schema', 'default', 'group', 'durability', 'ttlJitter', 'eagerRefresh', 'configKey', 'cacheKey'],
  ...['maxBytes', 'keepRevisions', 'secret', ...Object.keys(CHOICES), ...DURATIONS],
];

// The outbox has room for `@config/` before it.
const NAME_LENGTH = 120;

/** Throws `INVALID_DEFINITION`: each option by itself, then what does not go together. */
export function checkConfigOptions(options: ConfigOptions): void {
  checkName('The name of a config', (options as Partial<ConfigOptions> | undefined)?.name);
  const refuse = (what: string, got: unknown): never => {
    throw new TenantryError('INVALID_DEFINITION', `"${options.name}": ${what}, got ${describeArrived(got)}.`);
  };
  for (const option of Object.keys(options))
    if (!KNOWN.includes(option)) refuse(`there is no such option; it takes ${KNOWN.join(', ')}`, option);
  const { schema, group = [], durability, ttlJitter, eagerRefresh, maxBytes, keepRevisions, secret } = options;
  if (typeof schema?.['~standard']?.validate !== 'function')
    refuse('`schema` must be a Standard Schema (zod, valibot, arktype …)', schema);
  if (typeof group !== 'string' && !Array.isArray(group)) refuse('`group` must be a name or a list of names', group);
  for (const each of [group].flat()) checkName(`"${options.name}": a group`, each);
  for (const option of ['configKey', 'cacheKey'] as const)
    if (options[option] !== undefined) checkName(`"${options.name}": its \`${option}\``, options[option]);
  for (const [option, choices] of Object.entries(CHOICES)) {
    const value = options[option as keyof typeof CHOICES];
    if (value !== undefined && !(choices as readonly string[]).includes(value))
      refuse(`\`${option}\` must be ${choices.join(', ')}`, value);
  }
  for (const option of DURATIONS)
    if (options[option] !== undefined) parseDuration(`"${options.name}": \`${option}\``, options[option]);
  if (durability !== undefined && !isDurability(durability))
    refuse('`durability` must be memory, fsync or { replicas: n } with n of at least 1', durability);
  if (ttlJitter !== undefined && !(typeof ttlJitter === 'number' && ttlJitter >= 0 && ttlJitter <= 1))
    refuse('`ttlJitter` must be a number from 0 to 1', ttlJitter);
  if (eagerRefresh !== undefined && !(typeof eagerRefresh === 'number' && eagerRefresh > 0 && eagerRefresh < 1))
    refuse('`eagerRefresh` must be a number between 0 and 1', eagerRefresh);
  for (const [option, value] of Object.entries({ maxBytes, keepRevisions }))
    if (value !== undefined && !(Number.isSafeInteger(value) && value >= 1))
      refuse(`\`${option}\` must be a whole number of at least 1`, value);
  if (secret !== undefined && typeof secret !== 'boolean') refuse('`secret` must be true or false', secret);
  checkTogether(options);
}

function checkTogether(options: ConfigOptions): void {
  const { name, writePolicy, cache = 'replicated', persistence, ttl } = options;
  const given = (option: keyof ConfigOptions) => options[option] !== undefined;
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
  const found = impossible.find(([holds]) => holds);
  if (found) throw new TenantryError('INVALID_DEFINITION', `"${name}": ${found[1]}.`);
}

function isDurability(value: Durability): boolean {
  if (typeof value === 'string') return value === 'memory' || value === 'fsync';
  return typeof value === 'object' && value !== null && Number.isSafeInteger(value.replicas) && value.replicas >= 1;
}

function checkName(what: string, name: unknown): void {
  checkDefinitionName(what, name);
  if ((name as string).length > NAME_LENGTH)
    throw new TenantryError(
      'INVALID_DEFINITION',
      `${what} must be at most ${NAME_LENGTH} characters, got ${(name as string).length}.`,
    );
}

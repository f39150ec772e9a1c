import { EntityManager, type MikroORM, UnitOfWork, Utils } from '@mikro-orm/core';
import { TenantryError } from '@tenantry/protocol';

/** The minors that the tests have run with: `npm test -- versions`. */
const KNOWN = /^7\.[012]\./;

/**
 * What is to be said of this MikroORM at the start, if anything: Tenantry rests on its hooks and on the order in which they come. Throws
 * `INVALID_OPTION` where something that capture needs is missing.
 */
export function checkVersions(orm: MikroORM, version: string = Utils.getORMVersion()): string | undefined {
  const missing = [
    ...absent(orm.config.getPlatform(), ['supportsUnsigned', 'convertsJsonAutomatically', 'usesReturningStatement']),
    ...absent(EntityManager.prototype, [
      'getUnitOfWork',
      'getTransactionContext',
      'isInTransaction',
      'getLoggerContext',
      'getEventManager',
    ]),
    ...absent(UnitOfWork.prototype, ['getChangeSets', 'getCollectionUpdates']),
    ...absent(orm.config.getDriver(), ['find', 'nativeInsertMany', 'getConnection']),
  ];
  if (missing.length > 0)
    throw new TenantryError(
      'INVALID_OPTION',
      `MikroORM ${version} has no ${missing.join(', ')}: changes could not be captured. Tenantry works with MikroORM 7.0 to 7.2.`,
    );
  return KNOWN.test(version)
    ? undefined
    : `MikroORM ${version} is not known to this Tenantry, which was tested with 7.0 to 7.2: test that changes reach readers.`;
}

/** `INVALID_OPTION` where MikroORM cannot bring triggers into the database. */
export function checkTriggerSupport(meta: { readonly triggers?: unknown } | undefined): void {
  if (meta === undefined || Array.isArray(meta.triggers)) return;
  throw new TenantryError(
    'INVALID_OPTION',
    `\`capture: 'trigger'\` needs MikroORM 7.1 or newer, which creates triggers; this is ${Utils.getORMVersion()}. Update it, or leave \`capture\` at 'hooks'.`,
  );
}

function absent(object: object, methods: readonly string[]): string[] {
  return methods.filter(name => typeof (object as Record<string, unknown>)[name] !== 'function');
}

import { DefaultLogger, type MikroORM } from '@mikro-orm/core';

/**
 * Warns by the ORM's logger. MikroORM's own colours its lines wherever they go, so where they do not go to a terminal the line is handed to what it
 * writes with (the option `logger` of the ORM, by default `console.log`).
 */
export function warnByOrm(
  { config }: Pick<MikroORM, 'config'>,
  message: string,
  isTerminal = process.stdout.isTTY,
): void {
  const logger = config.getLogger();
  if (!isTerminal && logger.constructor === DefaultLogger) config.get('logger')(`[tenantry] ${message}`);
  // Without `enabled` it says nothing at all where `debug` is off.
  else logger.warn('tenantry', message, { enabled: true });
}

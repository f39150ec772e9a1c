import pino from 'pino';
import { describe, expect, it, vi } from 'vitest';
import { checkLogger, type Logger, logError, logOf } from './logger.ts';
import { TenantryError } from './tenantry-error.ts';

const CANARY = 'canary-e21b';

function pinoLines() {
  const lines: Record<string, unknown>[] = [];
  const logger = pino({ level: 'debug' }, { write: line => void lines.push(JSON.parse(line)) });
  return { logger, lines };
}

describe('a logger', () => {
  it('that is pino gets fields and message in its own order', () => {
    const { logger, lines } = pinoLines();
    logOf(logger)?.('warn', 'a change waits', { code: 'TIMEOUT' });
    logOf(logger.child({ service: 'api' }))?.('debug', 'published', { records: 2 });
    expect(lines).toMatchObject([
      { level: 40, msg: 'tenantry: a change waits', code: 'TIMEOUT' },
      { level: 20, msg: 'tenantry: published', records: 2, service: 'api' },
    ]);
  });

  it('that is the console gets the message first', () => {
    const said = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    logOf(console)?.('warn', 'a change waits', { code: 'TIMEOUT' });
    expect(said.mock.calls).toEqual([['tenantry: a change waits', { code: 'TIMEOUT' }]]);
    said.mockRestore();
  });

  it('that has no debug and throws hurts nobody', () => {
    const thrower: Logger = {
      warn() {
        throw new Error('full');
      },
      error: () => undefined,
    };
    const log = logOf(thrower);
    expect(() => log?.('debug', 'x')).not.toThrow();
    expect(() => log?.('warn', 'x')).not.toThrow();
    expect(logOf(undefined)).toBeUndefined();
  });

  it('gets the line and the code of an error, and none of what was sent', () => {
    const { logger, lines } = pinoLines();
    const driver = Object.assign(new Error(`insert ('${CANARY}')`), { sql: CANARY, code: 'ER_DUP_ENTRY' });
    logError(logOf(logger), 'error', driver);
    logError(logOf(logger), 'error', new TenantryError('UNAVAILABLE', 'Redis is away.', { cause: driver }));
    expect(lines).toMatchObject([
      { msg: 'tenantry: Error (ER_DUP_ENTRY)' },
      { msg: 'tenantry: UNAVAILABLE: Redis is away.', code: 'UNAVAILABLE' },
    ]);
    expect(JSON.stringify(lines)).not.toContain(CANARY);
  });

  it.each([null, 1, {}, { warn: 1, error: () => 1 }, { warn: () => 1, error: () => 1, info: 1 }])(
    'cannot be %j',
    logger => {
      expect(() => checkLogger(logger)).toThrow(/`?logger/);
    },
  );
});

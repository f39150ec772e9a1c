import { Configuration, DefaultLogger, type LoggerOptions, type MikroORM } from '@mikro-orm/core';
import { expect, it } from 'vitest';
import { warnByOrm } from './orm-warning.ts';

const ESCAPE = String.fromCharCode(27);

function said(isTerminal: boolean, loggerFactory?: (options: LoggerOptions) => DefaultLogger): string {
  const lines: string[] = [];
  const config = new Configuration(
    { logger: line => void lines.push(line), ...(loggerFactory && { loggerFactory }) },
    false,
  );
  warnByOrm({ config } as unknown as MikroORM, 'a trigger is missing', isTerminal);
  expect(lines).toHaveLength(1);
  return lines[0] as string;
}

it('a warning says that it is ours, whether or not `debug` is on, and has no colours in a file', () => {
  expect(said(false)).toBe('[tenantry] a trigger is missing');
  const shown = said(true);
  expect(shown).toContain('[tenantry] ');
  expect(shown).toContain('a trigger is missing');
});

it('a logger of the application gets it as any other line', () => {
  class Own extends DefaultLogger {
    override log(namespace: string, message: string): void {
      this.writer(`own ${namespace}: ${message}`);
    }
  }
  for (const isTerminal of [false, true])
    expect(said(isTerminal, options => new Own(options))).toBe('own tenantry: a trigger is missing');
  expect(said(false)).not.toContain(ESCAPE);
});

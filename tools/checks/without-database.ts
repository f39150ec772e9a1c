import type { ImportRule } from './import-rules.ts';

const WAYS_TO_A_DATABASE = ['@mikro-orm/core', 'mysql2'];

/** The packages that may import nothing which speaks to a database: their tests need no second one. */
export function withoutDatabase(rules: Readonly<Record<string, ImportRule>>): string[] {
  const mayImport = (name: string): readonly string[] => rules[name]?.packages ?? [];
  return Object.keys(rules).filter(name => !WAYS_TO_A_DATABASE.some(way => mayImport(name).includes(way)));
}

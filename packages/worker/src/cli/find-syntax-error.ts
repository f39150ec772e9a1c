import { spawnSync } from 'node:child_process';

/**
 * The first lines of what Node says of the ES module that does not parse: this file, or one that it imports. V8 keeps the place of such an
 * error to itself until nobody catches it, so a process of its own parses the files again; it evaluates none of them.
 */
export function findSyntaxError(file: string): string {
  const args = ['--no-warnings', '--experimental-vm-modules', '--input-type=module', '--eval', PARSE_ALL, file];
  return spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 30_000, env: {} }).stderr ?? '';
}

// A text, so that a bundled program has it.
const PARSE_ALL = `
import { existsSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { dirname, resolve } from 'node:path';
import { SourceTextModule } from 'node:vm';

const files = new Set([process.argv[1]]);
for (const file of files) {
  const text = readFileSync(file, 'utf8');
  const module = new SourceTextModule(/ts$/.test(file) ? stripTypeScriptTypes(text) : text, { identifier: file });
  for (const specifier of module.dependencySpecifiers) {
    const path = resolve(dirname(file), specifier);
    if (specifier.startsWith('.') && /\\.m?[jt]s$/.test(path) && existsSync(path)) files.add(path);
  }
}`;

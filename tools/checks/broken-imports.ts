import type { ImportRule } from './import-rules.ts';

export interface SourceImports {
  /** The folder under packages/. */
  readonly package: string;
  /** The path inside that folder. */
  readonly file: string;
  readonly imports: readonly string[];
}

/** One sentence for each import that the rules do not allow. */
export function brokenImports(
  { package: name, file, imports }: SourceImports,
  rules: Readonly<Record<string, ImportRule>>,
  declared: readonly string[],
): string[] {
  const rule = rules[name];
  if (!rule) return [`packages/${name} has no import rule: add one to tools/checks/import-rules.ts`];
  const isTest = /\.(test|test-d|fixture)\.tsx?$/.test(file);
  const bundled = rule.bundled && file.startsWith(rule.bundled.below) ? rule.bundled.packages : undefined;
  return imports.flatMap(specifier => {
    const complain = (why: string): string[] => [`packages/${name}/${file} imports ${specifier}: ${why}`];
    if (specifier.startsWith('.')) {
      const target = resolveInRepository(name, file, specifier);
      if (target.startsWith(`packages/${name}/src/`)) return [];
      return isTest && isVectorsBelow(target, rule) ? [] : complain('it leaves its package');
    }
    if (specifier.startsWith('node:')) {
      // It computes, and does no I/O.
      const isPure = specifier === 'node:util';
      return ((rule.node || isPure) && !bundled) || isTest ? [] : complain(`${name} does no I/O`);
    }
    const target = /^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier;
    if (target === `@tenantry/${name}`) return isTest ? [] : complain('it imports itself by its own name');
    // A test may use any tool, but it points the same way as the code it tests.
    if (isTest && (!target.startsWith('@tenantry/') || target === '@tenantry/testing')) return [];
    if (bundled?.includes(target)) return [];
    if (!rule.packages.includes(target)) return complain(`${name} may import ${rule.packages.join(', ')}`);
    return declared.includes(target) || isTest ? [] : complain('its package.json does not name it');
  });
}

function resolveInRepository(name: string, file: string, specifier: string): string {
  return new URL(specifier, `file:///packages/${name}/${file}`).pathname.slice(1);
}

// What two packages must agree on is tested with the same vectors, and those are published by neither.
function isVectorsBelow(target: string, rule: ImportRule): boolean {
  const below = /^packages\/([^/]+)\/src\/.*\.fixture\.[jt]s$/.exec(target)?.[1];
  return below !== undefined && rule.packages.includes(`@tenantry/${below}`);
}

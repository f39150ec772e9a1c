// Before a package is packed: declarations for CommonJS programs, in a folder whose package.json says so. They are copies; for
// both kinds Node runs the same ES modules. TypeScript alone tells them apart (`module: node16`, `node18`).
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const dist = join(process.cwd(), 'dist');
const target = join(dist, 'require');
rmSync(target, { recursive: true, force: true });
for (const file of globSync('**/*.d.ts', { cwd: dist })) {
  mkdirSync(dirname(join(target, file)), { recursive: true });
  writeFileSync(join(target, file), forRequire(readFileSync(join(dist, file), 'utf8')));
}
writeFileSync(join(target, 'package.json'), '{ "type": "commonjs" }\n');

function forRequire(declarations: string): string {
  return (
    declarations
      .replace(/\/\/# sourceMappingURL=.*\s*$/, '')
      .replaceAll(/(from '\.[^']+)\.ts'/g, "$1.js'")
      // MikroORM, NestJS 12 and TypeBox have ES modules only: as long as nothing but types is imported, CommonJS may.
      .replaceAll(/^import (\w+), (\{[^}]*\} from 'typebox';)$/gm, "import type $1 from 'typebox';\nimport $2")
      .replaceAll(
        /^import (type )?(\w+) from 'typebox';$/gm,
        "import type $2 from 'typebox' with { 'resolution-mode': 'import' };",
      )
      .replaceAll(/import\("typebox"\)/g, 'import("typebox", { with: { "resolution-mode": "import" } })')
      .replaceAll(
        /^import (?:type )?\{([^}]*)\} from '(@mikro-orm\/core|@nestjs\/common|typebox)';$/gm,
        (_, names: string, from: string) =>
          `import type {${names.replaceAll(/\btype /g, '')}} from '${from}' with { 'resolution-mode': 'import' };`,
      )
  );
}

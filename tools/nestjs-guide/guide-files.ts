import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../command.ts';

/** The options that the guide's application is compiled with, beside those of its kind of modules. */
const SETTINGS = {
  ...{ target: 'es2022', lib: ['es2024', 'esnext.disposable'], types: ['node'], strict: true, skipLibCheck: true },
  ...{ experimentalDecorators: true, emitDecoratorMetadata: true, outDir: 'out' },
};

/** Writes the application of docs/guides/nestjs.md as it stands there, but for what a busy machine and a shared Redis ask for. */
export function writeGuideFiles(folder: string, type: 'module' | 'commonjs', settings: object): void {
  const guide = readFileSync(join(root, 'docs/guides/nestjs.md'), 'utf8');
  const files = [...guide.matchAll(/```ts\n\/\/ (\S+\.ts)\n([\s\S]*?)```/g)];
  mkdirSync(folder, { recursive: true });
  for (const [, name = '', text = ''] of files) {
    const patient = text
      .replace("name: 'smart-feature',", "name: 'smart-feature', databaseTimeout: '40s', cacheTimeout: '40s',")
      .replace('forRoot({', 'forRoot({ readTimeoutMs: 40_000, prefix: process.env.PREFIX,')
      .replace('?? 3000)', "?? 3000, '127.0.0.1')");
    writeFileSync(join(folder, name), patient);
  }
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type }));
  const names = files.map(([, name = '']) => name);
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: { ...SETTINGS, ...settings }, files: names }),
  );
}

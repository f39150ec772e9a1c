// Builds the packages and packs them as npm would publish them: npm run pack -- FOLDER
import { globSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { root, runCommand } from './command.ts';

const [target] = process.argv.slice(2);
if (target === undefined) {
  console.error('Say where the packed packages should go: npm run pack -- FOLDER');
  process.exit(2);
}
const folder = resolve(process.env.INIT_CWD ?? '.', target);
mkdirSync(folder, { recursive: true });
const built = await runCommand('nx', ['run-many', '--target=build'], { env: { NX_DAEMON: 'false', NX_TUI: 'false' } });
if (built.code !== 0) {
  console.error(built.output);
  process.exit(built.code);
}
for (const manifest of globSync('packages/*/package.json', { cwd: root }).sort()) {
  const { name, private: isPrivate } = JSON.parse(readFileSync(join(root, manifest), 'utf8'));
  if (isPrivate) continue;
  const { code, output } = await runCommand('npm', ['pack', '--silent', '--pack-destination', folder], {
    cwd: dirname(join(root, manifest)),
  });
  if (code !== 0) {
    console.error(output);
    process.exit(code);
  }
  console.log(`${name}: ${join(folder, output.trim().split('\n').at(-1) as string)}`);
}

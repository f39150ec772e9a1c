// Builds what changed and runs the demo, with whatever arguments it was given: npm start -- --once
import { runCommand } from './command.ts';

const built = await runCommand('nx', ['run-many', '--target=build'], { env: { NX_DAEMON: 'false', NX_TUI: 'false' } });
if (built.code !== 0) {
  console.error(built.output);
  process.exit(built.code);
}
// In this process, so that Ctrl-C reaches the demo and nobody in between.
await import(new URL('../apps/demo/dist/main.js', import.meta.url).href);

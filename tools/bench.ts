// Builds what changed and runs the benchmarks, all or those named: npm run bench -- flush latency
// --quick only shows that they work; --json FILE keeps the figures; --doc FILE makes docs/benchmarks.md of them, and measures nothing.
import { runCommand } from './command.ts';

const built = await runCommand('nx', ['run-many', '--target=build'], { env: { NX_DAEMON: 'false', NX_TUI: 'false' } });
if (built.code !== 0) {
  console.error(built.output);
  process.exit(built.code);
}
await import(new URL('../apps/bench/src/main.ts', import.meta.url).href);

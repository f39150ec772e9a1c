import { runCommand } from './command.ts';

// Nx only orders the packages and skips what is unchanged; its daemon would outlive us.
const { code } = await runCommand('nx', ['run-many', '--target=build'], {
  env: { NX_DAEMON: 'false', NX_TUI: 'false' },
  show: true,
});
process.exitCode = code;

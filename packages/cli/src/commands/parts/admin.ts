import type { ExitCode } from '../../failures/exit-codes.ts';
import { defineCommand } from '../../program/define-command.ts';
import { text, whole } from '../../program/options.ts';
import { loadPart } from './load-part.ts';

/** `admin` */
export const admin = defineCommand({
  details: [
    'Serves until SIGTERM or Ctrl-C: it is `tenantry-admin` of @tenantry/admin, which has to be installed. The other commands are its clients.',
  ],
  args: {},
  options: {
    config: text('a module that exports the options of createAdmin', { value: 'FILE', short: 'c', names: 'file' }),
    port: whole('default: that of the config, or 4000; 0 is any port that is free', {
      value: 'PORT',
      short: 'p',
      range: [0, 65_535],
    }),
    host: text('default: that of the config, or 127.0.0.1', { value: 'HOST' }),
  },
  routes: [],
  examples: ['tenantry admin --config admin.config.js --port 4000'],
  async run({ options: { config, port, host } }) {
    const words = Object.entries({ config, port, host }).flatMap(([name, value]) =>
      value === undefined ? [] : [`--${name}`, String(value)],
    );
    const { runProgram } = await loadPart('@tenantry/admin', () => import('@tenantry/admin/program'));
    return (await runProgram(words)) as ExitCode;
  },
});

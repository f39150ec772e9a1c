// A service that writes to people with a template, which is a config and is compiled when it changes.
import { setTimeout as pause } from 'node:timers/promises';
import { mailTemplate } from '../definitions/service-configs.ts';
import { compileTemplate } from './compile-template.ts';
import { startService } from './start-service.ts';

await startService({
  name: 'mail',
  config: mailTemplate,
  // Throws where it does not compile: the template before stays.
  resource: () => ({ open: ({ html }) => compileTemplate(html) }),
  /** Two mails to the same person, and time between them. */
  async answer(template, query) {
    const view = { name: query.get('name') ?? 'you' };
    const begun = template(view);
    await pause(20);
    return { begun, ended: template(view) };
  },
});

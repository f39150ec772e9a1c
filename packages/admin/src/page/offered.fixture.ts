import { eventually } from '@tenantry/testing';
import type { Locator } from 'playwright-core';

/** Has the editor of JSON offer this. Asked for until the schema has come: what was typed before it is not looked at again. */
export const offered = (option: Locator): Promise<void> =>
  eventually(async () => {
    await option.page().keyboard.press('Control+Space');
    // Each time it is asked the list is made anew, so it gets some time.
    await option.waitFor({ timeout: 2_000 });
  });

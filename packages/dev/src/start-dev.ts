import type { Admin, AdminOptions } from '@tenantry/admin';
import type { Client } from '@tenantry/sdk';
import type { FolderOptions } from './folder-options.ts';
import { type Folder, openFolder } from './open-folder.ts';

/** Options of `startDev`. */
export interface DevOptions extends FolderOptions {
  /** Default 4000; 0: any port that is free. */
  readonly port?: number | undefined;
  /** Answers what is not the API's. Default: the page of `@tenantry/admin-ui`. */
  readonly page?: AdminOptions['page'];
}

/** A folder with the admin's page and API on it. */
export interface Dev extends AsyncDisposable {
  readonly folder: Folder;
  readonly client: Client;
  readonly admin: Admin;
  /** Where the page is. */
  readonly url: string;
  /** Ends listener, client and folder. Idempotent. */
  close(): Promise<void>;
}

/**
 * Serves the admin's page and API over a folder, on this machine alone: whoever can reach it may do everything. Rejects as `openFolder` and
 * `admin.listen` do.
 */
export async function startDev({ port = 4000, page, ...options }: DevOptions): Promise<Dev> {
  const folder = await openFolder(options);
  const opened: AsyncDisposable[] = [folder];
  const close = async () => {
    for (const each of opened.splice(0).reverse()) await each[Symbol.asyncDispose]();
  };
  try {
    // Only now: a process that reads a folder loads no server.
    const [{ createClient }, { createAdmin }, { createPage }] = await Promise.all([
      import('@tenantry/sdk'),
      import('@tenantry/admin'),
      import('@tenantry/admin-ui'),
    ]);
    const client = await createClient({ replica: folder.replica, logger: options.logger });
    opened.push(client);
    const { backend } = folder;
    const shown = page ?? createPage({ base: '/' });
    const admin = await createAdmin({ backend, client, page: shown, logger: options.logger });
    opened.push(admin);
    const { url } = await admin.listen(port);
    return { folder, client, admin, url, close, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

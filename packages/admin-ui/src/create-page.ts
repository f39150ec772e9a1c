import { type PageFilesOptions, pageFiles } from './page-files.ts';
import { PAGE_POLICY } from './page-policy.ts';

/**
 * Answers requests for the page: `createAdmin({ page: createPage() })`. Every address below `base` that names no file is an address of the page.
 * Undefined for other methods than GET and HEAD, for what lies outside of `base`, and where the package was not built.
 */
export function createPage(options: PageFilesOptions = {}): (request: Request) => Promise<Response | undefined> {
  const { base = '/' } = options;
  const files = pageFiles(options);
  return async request => {
    const { pathname } = new URL(request.url);
    if (!['GET', 'HEAD'].includes(request.method) || !`${pathname}/`.startsWith(base)) return undefined;
    const path = pathname.slice(base.length);
    const file = files.get(path) ?? (path.startsWith('assets/') ? undefined : files.get(''));
    if (file === undefined) return undefined;
    return new Response(request.method === 'HEAD' ? null : file.body, {
      headers: {
        'content-type': file.type,
        'content-security-policy': PAGE_POLICY,
        'cache-control': file.immutable ? 'public, max-age=31536000, immutable' : 'no-cache',
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
      },
    });
  };
}

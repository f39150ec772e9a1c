const LONGEST_PATH = 2_000;

/** A path of this server, whatever was asked for: nobody is sent to another site, nor to where no cookie has room for. */
export function localPath(to: unknown, home: string): string {
  if (typeof to !== 'string' || to.length > LONGEST_PATH || !to.startsWith('/')) return home;
  const url = new URL(to, 'http://here');
  // Longer than it was where it has more than ASCII.
  const path = url.pathname + url.search + url.hash;
  return url.origin === 'http://here' && !path.startsWith('//') && path.length <= LONGEST_PATH ? path : home;
}

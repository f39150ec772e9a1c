/** What to do about it, in one sentence, for the failures that anybody may meet; undefined for the others. */
export function explainFailure(output: string): string | undefined {
  return KNOWN.find(({ sign }) => sign.test(output))?.remedy;
}

const KNOWN: readonly { readonly sign: RegExp; readonly remedy: string }[] = [
  {
    sign: /no space left on device|ENOSPC|Errcode: 28\b|error number 28\b|OS errno 28\b|not enough free space/i,
    remedy:
      'The disk is full: make room (df -h shows where; servers use /dev/shm, or the tmp folder), and run it again.',
  },
  {
    sign: /Unable to locate package|has no installation candidate|Couldn't find these debs/i,
    remedy: "This machine's package sources do not have it: check /etc/apt/sources.list, or start Docker instead.",
  },
  {
    sign: /Could not get lock|Unable to acquire the dpkg frontend lock|is another process using it/i,
    remedy: 'Another program is installing packages: let it finish, and run it again.',
  },
  {
    sign: /Temporary failure resolving|Could not resolve|Could not connect|Failed to fetch|Couldn't download|Failed getting release file|Unable to connect|Network is unreachable/i,
    remedy: 'It could not be downloaded: go online (or set http_proxy), and run it again.',
  },
  {
    sign: /dpkg was interrupted/i,
    remedy: 'An earlier installation was interrupted: run `dpkg --configure -a`, and then this again.',
  },
];

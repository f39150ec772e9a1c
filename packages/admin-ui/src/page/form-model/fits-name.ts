/**
 * Whether a name may be one by the pattern of the JSON Schema. The flags of a regular expression are lost there, so capitals count for small letters, and the
 * other way around: the server knows the flags.
 */
export function fitsName(pattern: string, name: string): boolean {
  try {
    return ['u', 'iu'].some(flags => new RegExp(pattern, flags).test(name));
  } catch {
    return true;
  }
}

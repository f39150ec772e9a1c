/** A name of Windows that is a device, whatever comes after a dot. */
const DEVICE = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)/i;
const SAFE = /^[A-Za-z0-9._-]$/;
/** What most file systems bear. */
const LONGEST = 255;

/**
 * The name of a tenant, group or config as the name of a file or folder. Letters and digits of ASCII and `. _ -` stay; every other byte
 * becomes `%` and two digits. So do a dot at either end, and the first letter of a name that Windows takes for a device.
 */
export function encodeName(name: string): string {
  const characters = [...name];
  const isDevice = DEVICE.test(name);
  return characters
    .map((character, i) => {
      const isEnd = i === 0 || i === characters.length - 1;
      const stays = SAFE.test(character) && !(isEnd && character === '.') && !(i === 0 && isDevice);
      return stays ? character : percent(character);
    })
    .join('');
}

/**
 * The same for a name that another one in the folder differs from in capitals alone: its capitals are written as bytes, too. A name without
 * capitals has its first letter so.
 */
export function encodeTwin(name: string): string {
  const plain = encodeName(name);
  const apart = plain.replace(/%[0-9A-F]{2}|[A-Z]/g, part => (part.startsWith('%') ? part : percent(part)));
  return apart === plain ? plain.replace(/^[a-z]/, percent) : apart;
}

/** The name behind the name of a file or folder; undefined where it is not spelt as these functions spell it. */
export function decodeName(file: string): string | undefined {
  let name: string;
  try {
    name = decodeURIComponent(file);
  } catch {
    return undefined;
  }
  return encodeName(name) === file || encodeTwin(name) === file ? name : undefined;
}

/** Whether a file system may refuse a file of this name for its length alone. */
export function isTooLong(file: string): boolean {
  return Buffer.byteLength(file) > LONGEST;
}

function percent(character: string): string {
  return [...Buffer.from(character)].map(byte => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
}

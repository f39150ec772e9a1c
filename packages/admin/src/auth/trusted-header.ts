import { BlockList, isIP } from 'node:net';
import { checkOptionNames, refuseOption } from '@tenantry/protocol/internal';
import type { Auth } from './auth.ts';

/** Options of `trustedHeader`. */
export interface TrustedHeaderOptions {
  /** The header in which the proxy says who calls: `x-forwarded-user`. The proxy must remove it from what callers send. */
  readonly header: string;
  /** The header with the caller's groups, between commas. Default: none, callers have no groups. */
  readonly groupsHeader?: string | undefined;
  /** The header with the caller's name, for people. Default: none, the id. */
  readonly nameHeader?: string | undefined;
  /** The addresses of the proxy, IPs or ranges such as `10.0.0.0/8`: from anywhere else the header is not believed. */
  readonly from: readonly string[];
}

/** Believes a proxy that says who calls. `INVALID_OPTION`. */
export function trustedHeader(options: TrustedHeaderOptions): Auth {
  checkOptionNames('trustedHeader', options, ['header', 'groupsHeader', 'nameHeader', 'from']);
  const { header, groupsHeader, nameHeader } = options;
  checkHeader('header', header);
  if (groupsHeader !== undefined) checkHeader('groupsHeader', groupsHeader);
  if (nameHeader !== undefined) checkHeader('nameHeader', nameHeader);
  const proxies = addressesOf(options.from);
  return (request, { address }) => {
    if (address === undefined || !isAmong(proxies, address)) return undefined;
    const id = textOf(request, header);
    // Two of them would be one text with a comma: somebody else has sent one.
    if (!id || id.includes(',')) return undefined;
    const groups = groupsHeader === undefined ? '' : (textOf(request, groupsHeader, Number.POSITIVE_INFINITY) ?? '');
    const name = nameHeader === undefined ? undefined : textOf(request, nameHeader);
    return {
      id,
      groups: [...new Set(groups.split(',').map(group => group.trim()))].filter(group => group !== ''),
      ...(name && { name }),
    };
  };
}

/** Whether it is an address of this very machine. */
export function isLoopback(address: string): boolean {
  return isAmong(LOOPBACK, address);
}

const LOOPBACK = addressesOf(['127.0.0.0/8', '::1']);

/** `INVALID_OPTION` for what is no list of addresses. */
function addressesOf(from: readonly string[]): BlockList {
  const known = new BlockList();
  if (!Array.isArray(from) || from.length === 0) refuseOption('from', 'a list of IP addresses or ranges', from);
  for (const each of from) {
    const [address = '', bits] = String(each).split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    const most = family === 'ipv6' ? 128 : 32;
    const isRange = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most);
    if (isIP(address) === 0 || !isRange) refuseOption('from', 'IP addresses or ranges such as 10.0.0.0/8', each);
    known.addSubnet(address, bits === undefined ? most : Number(bits), family);
  }
  return known;
}

function isAmong(known: BlockList, address: string): boolean {
  // An IPv4 address as a socket for both kinds has it.
  const plain = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
  const family = isIP(plain);
  return family !== 0 && known.check(plain, family === 6 ? 'ipv6' : 'ipv4');
}

/** Of groups as many as headers may be long: none is left out in silence. */
function textOf(request: Request, header: string, longest = 200): string | undefined {
  const value = request.headers.get(header)?.trim();
  if (!value) return undefined;
  // Bytes of UTF-8 come as one character each.
  const text = Buffer.from(value, 'latin1').toString();
  return /[\p{Cc}\ufffd]/u.test(text) || text.length > longest ? undefined : text.normalize('NFC');
}

function checkHeader(option: string, name: unknown): void {
  if (typeof name !== 'string' || !/^[A-Za-z0-9-]+$/.test(name)) refuseOption(option, 'the name of a header', name);
}

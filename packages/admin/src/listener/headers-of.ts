import type { IncomingMessage } from 'node:http';

/** The headers of a request, each as often as it came. Node's own `headersDistinct` is not there for HTTP/2. */
export function headersOf({ rawHeaders }: Pick<IncomingMessage, 'rawHeaders'>): Headers {
  const all = new Headers();
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string;
    // What HTTP/2 says of the request itself.
    if (!name.startsWith(':')) all.append(name, rawHeaders[i + 1] as string);
  }
  return all;
}

/** The name under which the server was asked: each that was said. */
export function hostsOf({ rawHeaders }: Pick<IncomingMessage, 'rawHeaders'>): readonly string[] {
  const valuesOf = (wanted: string) =>
    rawHeaders.filter((_, i) => i % 2 === 1 && (rawHeaders[i - 1] as string).toLowerCase() === wanted);
  const [authority, host] = [valuesOf(':authority'), valuesOf('host')];
  // Of HTTP/2 one says the other's name, or both say the same.
  return [...new Set(authority), ...host.filter(each => !authority.includes(each))];
}

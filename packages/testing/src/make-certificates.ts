import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createPrivateFolder } from './servers/process/private-folder.ts';
import { runToEnd } from './servers/process/run-to-end.ts';

/** A private CA and a certificate of it for this machine's loopback, in a folder that is removed at the end. */
export interface Certificates {
  /** PEM. */
  readonly ca: string;
  readonly files: { readonly ca: string; readonly cert: string; readonly key: string };
  remove(): void;
}

/** Makes them with this machine's openssl. */
export async function makeCertificates(): Promise<Certificates> {
  const folder = createPrivateFolder('certificates');
  const at = (name: string): string => join(folder.path, name);
  const openssl = (...args: string[]): Promise<string> => runToEnd('openssl', args);
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  await openssl(
    'req',
    '-x509',
    ...newKey,
    '-days',
    '2',
    '-subj',
    '/CN=test CA',
    '-keyout',
    at('ca.key'),
    '-out',
    at('ca.crt'),
  );
  await openssl('req', ...newKey, '-subj', '/CN=localhost', '-keyout', at('server.key'), '-out', at('server.csr'));
  writeFileSync(at('names'), 'subjectAltName=IP:127.0.0.1,DNS:localhost\n');
  const issuer = ['-CA', at('ca.crt'), '-CAkey', at('ca.key'), '-CAcreateserial', '-extfile', at('names')];
  await openssl('x509', '-req', '-days', '2', '-in', at('server.csr'), ...issuer, '-out', at('server.crt'));
  return {
    ca: readFileSync(at('ca.crt'), 'utf8'),
    files: { ca: at('ca.crt'), cert: at('server.crt'), key: at('server.key') },
    remove: folder.remove,
  };
}

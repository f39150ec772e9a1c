import type { Auth } from '@tenantry/admin';

/** Who may sign in, without a password: this is a demo. */
export const PEOPLE = {
  vera: 'Vera, who may look',
  ann: 'Ann, who may edit what tenants have',
  olga: 'Olga, who may do everything',
} as const;

export type Person = keyof typeof PEOPLE;

const COOKIE = 'tenantry-demo-user';
const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': "default-src 'none'; form-action 'self'; frame-ancestors 'none'",
  'cache-control': 'no-store',
};

/** A page of the demo's own, on which anybody may say who they are. For this machine alone, and never for an application. */
export function demoSignIn(): Auth {
  const auth = (request: Request) => {
    const id = new RegExp(`(?:^|; )${COOKIE}=(\\w+)`).exec(request.headers.get('cookie') ?? '')?.[1];
    // Another site may lead a browser here by a name of its own.
    if (!isPerson(id) || !['127.0.0.1', 'localhost'].includes(new URL(request.url).hostname)) return undefined;
    return { id, name: PEOPLE[id].split(',')[0] as string, groups: [] };
  };
  const respond = async (request: Request) => {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === '/logout') return redirect('/login', '; Max-Age=0');
    if (pathname !== '/login') return undefined;
    if (request.method !== 'POST') return new Response(page(searchParams.get('to') ?? '/'), { headers: HEADERS });
    const form = new URLSearchParams(await request.text());
    const who = form.get('who');
    if (!isPerson(who) || request.headers.get('sec-fetch-site') === 'cross-site')
      return new Response('Nobody', { status: 403 });
    return redirect(form.get('to') ?? '/', '', who);
  };
  return Object.assign(auth, { respond, login: '/login', logout: '/logout' });
}

function isPerson(id: unknown): id is Person {
  return typeof id === 'string' && Object.hasOwn(PEOPLE, id);
}

function redirect(to: string, attributes: string, who = ''): Response {
  const here = new URL(to, 'http://here');
  const location = here.origin === 'http://here' ? here.pathname + here.search : '/';
  const cookie = `${COOKIE}=${who}; Path=/; HttpOnly; SameSite=Lax${attributes}`;
  return new Response(null, { status: 303, headers: { location, 'set-cookie': cookie, 'cache-control': 'no-store' } });
}

function page(to: string): string {
  const escaped = to.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
  const buttons = Object.entries(PEOPLE).map(
    ([id, name]) => `<p><button name="who" value="${id}">${name}</button></p>`,
  );
  return `<!doctype html><html lang="en"><title>Who are you?</title><h1>Who are you?</h1>
<p>This is a demo: there are no passwords.</p>
<form method="post" action="/login"><input type="hidden" name="to" value="${escaped}">${buttons.join('')}</form></html>`;
}

import { NextResponse, type NextRequest } from 'next/server';
import { SESSION_COOKIE } from '@/session/cookie';

/**
 * `style-src` allows inline styles because charts and graphs place their parts with them; scripts need the
 * nonce.
 */
function contentSecurityPolicy(nonce: string, development: boolean): string {
  return [
    "default-src 'self'",
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'${development ? " 'unsafe-eval'" : ''}`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "frame-src 'self'",
    "object-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');
}

function signInInstead(request: NextRequest): NextResponse {
  const url = new URL('/sign-in', request.url);
  const wanted = request.nextUrl.pathname + request.nextUrl.search;
  if (wanted !== '/') url.searchParams.set('next', wanted);
  return NextResponse.redirect(url);
}

/**
 * Every page: signed in or sent to sign in, with the security headers. `/sign-in?code=` goes to the handler
 * that takes the code.
 */
export function proxy(request: NextRequest): NextResponse {
  const { pathname, searchParams } = request.nextUrl;
  if (pathname === '/sign-in' && searchParams.has('code')) {
    return NextResponse.rewrite(new URL(`/api/sign-in${request.nextUrl.search}`, request.url));
  }
  if (pathname !== '/sign-in' && !request.cookies.has(SESSION_COOKIE)) return signInInstead(request);

  const nonce = btoa(crypto.randomUUID());
  const policy = contentSecurityPolicy(nonce, process.env.NODE_ENV === 'development');
  const headers = new Headers(request.headers);
  headers.set('x-nonce', nonce);
  headers.set('content-security-policy', policy);
  const response = NextResponse.next({ request: { headers } });
  response.headers.set('content-security-policy', policy);
  response.headers.set('x-content-type-options', 'nosniff');
  response.headers.set('referrer-policy', 'same-origin');
  response.headers.set('permissions-policy', 'camera=(), microphone=(), geolocation=()');
  return response;
}

export const config = { matcher: ['/((?!api/|_next/|icon.svg|v1/oauth/callback).*)'] };

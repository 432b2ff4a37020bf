import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiError } from './api-error.ts';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Compares in constant time, whatever the lengths: digests are always as long. */
const tokenMatcher = (token: string): ((given: string) => boolean) => {
  const expected = digest(token);
  return (given) => timingSafeEqual(digest(given), expected);
};

const bearerOf = (header: string | undefined): string | undefined =>
  /^Bearer +([A-Za-z0-9._~+/=-]{1,512})$/i.exec(header ?? '')?.[1];

/** The password of HTTP Basic: browsers can ask people for that, but not for a bearer token. */
function basicPasswordOf(header: string | undefined): string | undefined {
  const encoded = /^Basic +([A-Za-z0-9+/=]{1,1024})$/i.exec(header ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : text.slice(colon + 1);
}

const isLoopbackAddress = (address: string | undefined): boolean =>
  address === '::1' || /^(::ffff:)?127\.\d+\.\d+\.\d+$/.test(address ?? '');

const isLoopbackHost = (host: string | undefined): boolean =>
  /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/i.test(host ?? '');

/**
 * True for a request made on this machine, to this machine by name. The host is checked because a web page
 * can point its own name at 127.0.0.1 (DNS rebinding); a forwarded request comes from elsewhere.
 */
const isLocal = (request: FastifyRequest): boolean =>
  isLoopbackAddress(request.socket.remoteAddress) &&
  isLoopbackHost(request.headers.host) &&
  request.headers['x-forwarded-for'] === undefined &&
  request.headers.forwarded === undefined;

const refuse = (reply: FastifyReply, scheme: 'Bearer' | 'Basic', where: string): ApiError => {
  void reply.header('www-authenticate', `${scheme} realm="plumbline"`);
  return new ApiError(
    'UNAUTHORIZED',
    where,
    'This needs the access token.',
    scheme === 'Bearer'
      ? 'Send "Authorization: Bearer <token>"; the token is in the token file of the service.'
      : 'Give any user name and the access token as password.',
  );
};

export interface Guards {
  /** For `/api`: the bearer token, from wherever the request comes. */
  readonly bearer: (request: FastifyRequest, reply: FastifyReply) => Promise<void>;
  /** For `/metrics` and `/report`: open on this machine, the token from anywhere else. */
  readonly localOrToken: (request: FastifyRequest, reply: FastifyReply) => Promise<void>;
}

export function createGuards(token: string): Guards {
  const isToken = tokenMatcher(token);
  return {
    bearer: async (request, reply) => {
      const given = bearerOf(request.headers.authorization);
      if (given === undefined || !isToken(given)) throw refuse(reply, 'Bearer', '/api');
    },
    localOrToken: async (request, reply) => {
      if (isLocal(request)) return;
      const { authorization } = request.headers;
      const given = bearerOf(authorization) ?? basicPasswordOf(authorization);
      if (given === undefined || !isToken(given))
        throw refuse(reply, 'Basic', request.routeOptions.url ?? '/');
    },
  };
}

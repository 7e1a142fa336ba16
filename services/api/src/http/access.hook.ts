import type { FastifyInstance } from 'fastify';
import type { AccessService } from '../access/access.service.js';
import type { ApiRequest } from '../access/access.types.js';
import type { ApiRouteConfig } from './body-parser.js';

/**
 * The guard of the whole API. It is a Fastify hook and no Nest guard because a guard runs after the body
 * was read: here a request without
 * a valid token is refused before a byte of its body is taken. A route is open only when it says so.
 */
export function guardRoutes(instance: FastifyInstance, access: () => AccessService): void {
  instance.decorateRequest('caller', null);
  instance.addHook('onRequest', (request, _reply, done) => {
    if (request.is404 || (request.routeOptions.config as ApiRouteConfig).public === true) return done();
    const { authorization } = request.headers;
    const known = access().recall(authorization);
    if (known !== undefined) {
      (request as ApiRequest).caller = known;
      return done();
    }
    access()
      .authenticate(authorization)
      .then((caller) => {
        (request as ApiRequest).caller = caller;
        done();
      }, done);
  });
}

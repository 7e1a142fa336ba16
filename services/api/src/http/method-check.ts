import type { FastifyInstance, FastifyRequest } from 'fastify';
import { NotFoundException } from '@nestjs/common';
import { ProblemError } from '../problems/problem.error.js';

interface KnownRoute {
  pattern: RegExp;
  methods: Set<string>;
}

/** Remembers the routes, so that a wrong method is told apart from a wrong path. */
export class RouteTable {
  private readonly routes = new Map<string, KnownRoute>();

  constructor(instance: FastifyInstance) {
    instance.addHook('onRoute', (route) => {
      const known = this.routes.get(route.url) ?? {
        pattern: patternOf(route.url),
        methods: new Set<string>(),
      };
      for (const method of [route.method].flat()) known.methods.add(method);
      this.routes.set(route.url, known);
    });
  }

  /** What to answer when Nest found no route: 405 with the methods that exist there, else 404. */
  explain(thrown: unknown, request: FastifyRequest): unknown {
    if (!(thrown instanceof NotFoundException) || !request.is404) return thrown;
    const path = request.url.split('?')[0] as string;
    const methods = [...this.routes.values()]
      .filter((route) => route.pattern.test(path))
      .flatMap((route) => [...route.methods]);
    if (methods.length === 0) {
      return new ProblemError(
        'not-found',
        `There is nothing at ${path}. The calls that exist are described at /openapi.json.`,
      );
    }
    const allow = [...new Set(methods)].sort().join(', ');
    return new ProblemError('method-not-allowed', `${request.method} is not possible here; ${allow} is.`, {
      headers: { allow },
    });
  }
}

function patternOf(url: string): RegExp {
  return new RegExp(
    `^${url
      .split('/')
      .map((part) => (part.startsWith(':') ? '[^/]+' : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')))
      .join('/')}/?$`,
  );
}

import { join } from 'node:path';

/** @type {import('next').NextConfig} */
export default {
  output: 'standalone',
  // The monorepo's root: the standalone server then sits in .next/standalone/dashboard with its traced
  // node_modules beside it.
  outputFileTracingRoot: join(import.meta.dirname, '..'),
  // The pages below /docs are read when they are asked for.
  outputFileTracingIncludes: {
    '/docs/**': ['../docs/**/*.md'],
    '/api/docs/**': ['../docs/screenshots/*.png'],
  },
  turbopack: { root: join(import.meta.dirname, '..') },
  poweredByHeader: false,
  reactStrictMode: true,
  devIndicators: false,
  allowedDevOrigins: ['127.0.0.1'],
  experimental: { optimizePackageImports: ['lucide-react', 'recharts', 'radix-ui'] },
};

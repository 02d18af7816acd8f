import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { alias: [
    { find: 'tfgraph/port-runtime', replacement: fileURLToPath(new URL('./src/port_runtime/index.ts', import.meta.url)) },
    { find: 'tfgraph/grpc', replacement: fileURLToPath(new URL('./src/grpc/index.ts', import.meta.url)) },
    { find: 'tfgraph', replacement: fileURLToPath(new URL('./src/index.ts', import.meta.url)) },
  ] },
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    isolate: false,
    setupFiles: ['test/support/setup.ts'],
  },
});

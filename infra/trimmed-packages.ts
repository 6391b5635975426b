import type { Plugin } from 'esbuild';

/** Packages whose entry module loads much that nobody here uses, each with one in its place that loads what is used. */
const trimmed = [
  {
    // zod exports its messages in some fifty languages as one object, which keeps them all: it speaks English by itself.
    entry: /[\\/]node_modules[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/,
    contents: "export { default as en } from './en.js';",
  },
  {
    // undici is one CommonJS module with `fetch`, WebSocket, caches and mocks: two thirds of it. `dispatch` needs none of them. Another
    // name imported from it is an error of the bundler, to be answered here.
    entry: /[\\/]node_modules[\\/]undici[\\/]index\.js$/,
    contents: `
      export { default as Agent } from './lib/dispatcher/agent.js';
      export { default as buildConnector } from './lib/core/connect.js';`,
  },
];

/** Replaces them while bundling: half of a cold start is the loading of code. */
export const trimmedPackages: Plugin = {
  name: 'trimmed-packages',
  setup: ({ onLoad }) => {
    for (const { entry, contents } of trimmed) onLoad({ filter: entry }, () => ({ contents }));
  },
};

/** undici's own switch for bundles: leaves out its second, experimental parser of HTTP/1.1. */
export const trimmingConstants = { esbuildDetection: 'true' } as const;

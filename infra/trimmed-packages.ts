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
  {
    // Connections speak HTTP/1.1 alone, and to load Node's own module of HTTP/2 takes 15 ms.
    entry: /[\\/]node_modules[\\/]undici[\\/]lib[\\/]dispatcher[\\/]client-h2\.js$/,
    contents: "module.exports = () => { throw new Error('HTTP/2 is not in this bundle'); };",
  },
  {
    // For processors without SIMD; Lambda has none of them.
    entry: /[\\/]node_modules[\\/]undici[\\/]lib[\\/]llhttp[\\/]llhttp-wasm\.js$/,
    contents: "throw new Error('This bundle needs WebAssembly with SIMD');",
  },
  {
    // For bodies that are forms: those sent are texts.
    entry: /[\\/]node_modules[\\/]undici[\\/]lib[\\/]web[\\/].*\.js$/,
    contents: "throw new Error('Forms are not in this bundle');",
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

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { serviceNames } from '../lib/services/index.ts';

// The layout shows the architecture: imports go down only. Each place with what it may import besides itself.

const mayImport: Readonly<Record<string, readonly string[]>> = {
  'lib/api': [],
  'lib/log.ts': [],
  'lib/config.ts': ['lib/log.ts'],
  'lib/transport': ['lib/api'],
  'lib/services': ['lib/api', 'lib/transport'],
  'lib/inference': ['lib/api', 'lib/transport', 'lib/services', 'lib/log.ts'],
  'lib/http': ['lib/api', 'lib/inference', 'lib/log.ts'],
  'lib/store': ['lib/api', 'lib/inference/ports.ts'],
  'lib/limits': ['lib/api', 'lib/inference/ports.ts'],
  // Its handlers are typed by the edge; the cache, and how a conditional write is read, are the store's.
  'lib/security': [
    'lib/api',
    'lib/inference/ports.ts',
    'lib/http/types.ts',
    'lib/http/serve.ts',
    'lib/store/cache.ts',
    'lib/store/condition-held.ts',
  ],
  'lib/ml-node': ['lib/api', 'lib/inference/ports.ts', 'lib/transport'],
  'lib/runtime.ts': ['lib'],
  functions: ['lib/runtime.ts', 'lib/http', 'lib/security/handlers.ts'],
  // The names and the models that the stacks and the functions must agree on are data.
  infra: [
    'lib/config.ts',
    'lib/http/routes.ts',
    'lib/ml-node/names.ts',
    'lib/ml-node/catalogue.ts',
    'lib/ml-node/image.ts',
  ],
  admin: ['lib/ml-node/names.ts'],
  local: ['functions', 'lib'],
  bench: ['local', 'lib', 'functions', 'models', 'infra', 'test'],
};

const root = join(import.meta.dirname, '..');
const places = Object.keys(mayImport).sort((a, b) => b.length - a.length);

const isWithin = (file: string, place: string): boolean => file === place || file.startsWith(`${place}/`);
const placeOf = (file: string): string | undefined => places.find((place) => isWithin(file, place));

const sourceFiles = ['lib', 'functions', 'infra', 'admin', 'local', 'bench'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts') && !name.includes('node_modules'))
    .map((name) => join(folder, name)),
);

const importPattern = /(?:from|import)\s*\(?\s*'(\.{1,2}\/[^']+)'/g;

const importsOf = (file: string): readonly string[] =>
  [...readFileSync(join(root, file), 'utf8').matchAll(importPattern)].map(([, target = '']) =>
    relative(root, join(root, dirname(file), target)),
  );

/** The imports of `file` that its place does not allow. */
const forbidden = (file: string, imports: readonly string[]): readonly string[] => {
  const own = placeOf(file);
  if (own === undefined) return [`${file} is in no known place`];
  const allowed = [own, ...(mayImport[own] ?? [])];
  return imports.filter((target) => !allowed.some((place) => isWithin(target, place)));
};

describe('layers', () => {
  it('finds the sources', () => {
    expect(sourceFiles.length).toBeGreaterThan(60);
  });

  it.each(sourceFiles)('%s imports downwards only', (file) => {
    expect(forbidden(file, importsOf(file))).toEqual([]);
  });

  it.each([
    ['lib/api/errors.ts', 'lib/http/serve.ts'],
    ['lib/services/openai.ts', 'lib/inference/infer.ts'],
    ['lib/store/endpoints.ts', 'lib/http/serve.ts'],
    ['lib/http/serve.ts', 'local/main.ts'],
    ['functions/read.ts', 'lib/store/endpoints.ts'],
  ])('takes %s → %s for an upward import', (file, target) => {
    expect(forbidden(file, [target])).toEqual([target]);
  });
});

/** Words that mean something else where they stand: who made a model, and the product that this service is like. */
const otherMeanings: Readonly<Record<string, readonly string[]>> = {
  'lib/services/azureaistudio-deployments.ts': ['cohere', 'mistral', 'openai'],
  'lib/services/googlevertexai-settings.ts': ['anthropic', 'hugging_face', 'mistral'],
  'lib/security/describe-caller.ts': ['elasticsearch'],
  // A log line's value: whose models sleep, no other line says.
  'infra/log-patterns.ts': ['elasticsearch'],
};

describe('services', () => {
  it.each(serviceNames)('%s is named in its own files and the registry, and nowhere else', (name) => {
    const literal = new RegExp(`['"\`]${name}['"\`]`);
    const isElsewhere = (file: string): boolean =>
      /^(?:functions|infra|lib)\//.test(file) &&
      file !== 'lib/services/index.ts' &&
      !new RegExp(`^lib/services/${name}[.-]`).test(file) &&
      !otherMeanings[file]?.includes(name);
    const named = sourceFiles.filter((file) => literal.test(readFileSync(join(root, file), 'utf8')));
    expect(named.filter(isElsewhere)).toEqual([]);
    expect(named.some((file) => !isElsewhere(file))).toBe(true);
  });
});

import type { RegisteredService } from './service.ts';

/** Every service by its Elasticsearch name. A module is loaded when its service is first used: a cold start pays for none. */
const loaders: Readonly<Record<string, () => Promise<RegisteredService>>> = {
  'alibabacloud-ai-search': async () => (await import('./alibabacloud-ai-search.ts')).alibabaCloudAiSearch,
  amazon_sagemaker: async () => (await import('./amazon_sagemaker.ts')).amazonSageMaker,
  amazonbedrock: async () => (await import('./amazonbedrock.ts')).amazonbedrock,
  anthropic: async () => (await import('./anthropic.ts')).anthropic,
  azureaistudio: async () => (await import('./azureaistudio.ts')).azureaistudio,
  azureopenai: async () => (await import('./azureopenai.ts')).azureopenai,
  cohere: async () => (await import('./cohere.ts')).cohere,
  elasticsearch: async () => (await import('./elasticsearch.ts')).elasticsearch,
  googleaistudio: async () => (await import('./googleaistudio.ts')).googleaistudio,
  googlevertexai: async () => (await import('./googlevertexai.ts')).googlevertexai,
  hugging_face: async () => (await import('./hugging_face.ts')).huggingFace,
  hugging_face_elser: async () => (await import('./hugging_face_elser.ts')).huggingFaceElser,
  mistral: async () => (await import('./mistral.ts')).mistral,
  openai: async () => (await import('./openai.ts')).openai,
};

/** Older names under which a service may still be asked for. */
const aliases: Readonly<Record<string, string>> = {
  elser: 'elasticsearch',
  amazonsagemaker: 'amazon_sagemaker',
  sagemaker: 'amazon_sagemaker',
};

/** Services with endpoints that exist without PUT. */
const withDefaults = ['elasticsearch'];

/** Those used before: `import()` of a module that is there takes longer than all else that finds a service. */
const loaded = new Map<string, RegisteredService>();

const load = async (name: string): Promise<RegisteredService | undefined> => {
  const service = Object.hasOwn(loaders, name) ? await loaders[name]?.() : undefined;
  if (service) loaded.set(name, service);
  return service;
};

/** @returns undefined for a name that is no service's */
export const findService = async (name: string): Promise<RegisteredService | undefined> => {
  const canonical = (Object.hasOwn(aliases, name) ? aliases[name] : undefined) ?? name;
  return loaded.get(canonical) ?? load(canonical);
};

/** Names under which endpoints are stored. */
export const serviceNames: readonly string[] = Object.keys(loaders);

/** The default endpoints of all services, each with the name of its service. */
export const defaultEndpoints = async () => {
  const services = await Promise.all(withDefaults.map((name) => findService(name)));
  return services.flatMap((service) =>
    service ? service.defaults.map((endpoint) => ({ ...endpoint, service: service.name })) : [],
  );
};

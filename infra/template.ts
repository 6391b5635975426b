import * as z from 'zod';

const template = z.object({
  Resources: z.record(
    z.string(),
    z.object({ Type: z.string(), Properties: z.record(z.string(), z.json()).default({}) }),
  ),
});

/** One resource of a synthesised template. */
export type TemplateResource = {
  readonly id: string;
  readonly type: string;
  readonly properties: Readonly<Record<string, z.output<ReturnType<typeof z.json>>>>;
};

/** The resources of a template. */
export const resourcesOf = (synthesised: unknown): readonly TemplateResource[] =>
  Object.entries(template.parse(synthesised).Resources).map(([id, { Type: type, Properties: properties }]) => ({
    id,
    type,
    properties,
  }));

const manifest = z.object({
  artifacts: z.record(
    z.string(),
    z.object({ type: z.string(), properties: z.object({ templateFile: z.string().optional() }).optional() }),
  ),
});

/**
 * The files of the templates that the last synthesis made.
 *
 * @param synthesised - `manifest.json` of a cloud assembly
 */
export const templatesOf = (synthesised: unknown): readonly string[] =>
  Object.values(manifest.parse(synthesised).artifacts).flatMap(({ type, properties }) =>
    type === 'aws:cloudformation:stack' && properties?.templateFile !== undefined ? [properties.templateFile] : [],
  );

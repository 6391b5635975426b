import * as z from 'zod';
import { modelTable } from './models.ts';

/** What the engine process is told when it starts. */
export const engineSettings = z.strictObject({
  /** Where model folders lie, searched in this order. */
  modelDirs: z.array(z.string()),
  /** Where downloaded models go; without it nothing is downloaded. */
  downloadDir: z.string().optional(),
  /** Base URL of the model hub. */
  hub: z.string(),
  /** Threads of ONNX Runtime. */
  threads: z.int().min(1),
  models: modelTable,
});
export type EngineSettings = z.output<typeof engineSettings>;

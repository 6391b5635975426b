import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { taskTypes } from '../lib/api/task-type.ts';
import { listServices } from '../lib/inference/list-services.ts';
import { findService } from '../lib/services/index.ts';

// Writes docs/compatibility.md: the services as their descriptors say, then the notes of docs/compatibility-notes.md.
// `npm run docs` runs it; a test checks that the file is what it writes.

const cell = async (name: string, task: (typeof taskTypes)[number]): Promise<string> => {
  const service = await findService(name);
  return (
    service?.bind(({ tasks }) => {
      const definition = tasks[task];
      if (!definition) return '';
      return definition.stream ? 'whole, streamed' : 'whole';
    }) ?? ''
  );
};

/** The text of `docs/compatibility.md`. */
export const compatibility = async (): Promise<string> => {
  const services = await listServices(undefined);
  const rows = await Promise.all(
    services.map(async ({ service }) => {
      const cells = await Promise.all(taskTypes.map((task) => cell(service, task)));
      return `| \`${service}\` | ${cells.join(' | ')} |`;
    }),
  );
  const notes = readFileSync(join(import.meta.dirname, 'compatibility-notes.md'), 'utf8');
  return [
    '<!-- Written by `npm run docs`; the notes stand in compatibility-notes.md. -->',
    '# Compatibility',
    '',
    '## Services and tasks',
    '',
    `| service | ${taskTypes.join(' | ')} |`,
    `| --- | ${taskTypes.map(() => '---').join(' | ')} |`,
    ...rows,
    '',
    notes,
  ].join('\n');
};

if (import.meta.main) writeFileSync(join(import.meta.dirname, 'compatibility.md'), await compatibility());

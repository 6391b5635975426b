import { installLocalStack } from './start.ts';
import { findTools } from './tools.ts';

// Installs LocalStack for CI, whose second look at the stores it is. Where it cannot be had, this says why in one line and ends with 1.

const install = async (): Promise<string | undefined> => {
  const tools = await findTools();
  if (typeof tools === 'string') return tools;
  try {
    await installLocalStack(tools);
    return undefined;
  } catch (error) {
    const [line] = String(error).split('\n');
    return `could not be installed: ${line}`;
  }
};

const missing = await install();
if (missing !== undefined) {
  process.stdout.write(`The stores are not tried on LocalStack: it ${missing}\n`);
  process.exitCode = 1;
}

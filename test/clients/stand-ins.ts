import { startProviders } from '../helpers/providers-stand-in.ts';

// The services behind the server, for clients in other languages: one line says how to lead there (`INLET_EGRESS`). It ends with its
// standard input.

const providers = await startProviders();
process.stdout.write(`${providers.egress}\n`);
process.stdin.resume();
process.stdin.once('close', () => void providers.close());

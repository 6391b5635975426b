import { startStandIns } from './server.ts';

// The stand-ins alone, for a deployment in an account: on a machine that its functions reach (HOST, PORT).

const { HOST = '0.0.0.0', PORT = '9099' } = process.env;
const { port } = await startStandIns({ host: HOST, port: Number(PORT) });
process.stdout.write(`Stand-ins at http://${HOST}:${port}\n`);

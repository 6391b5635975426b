/*
 * What a call costs beyond the service's own time: through the local server and through a bare passthrough, over calling the provider
 * directly, in one run. Each is a process of its own. Run by hand: `npx node bench/hot-path.ts`; it takes about 40 seconds.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Agent } from 'undici';

const agent = new Agent({ connections: 64 });
const encodedKey = Buffer.from('bench:secret').toString('base64');

type Started = { readonly origin: string; readonly process: ChildProcess };

/** Starts a process and waits for the first address that it prints. */
const start = (args: readonly string[], environment: Record<string, string> = {}): Promise<Started> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd: join(import.meta.dirname, '..'),
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let out = '';
    child.stdout.on('data', (piece: Buffer) => {
      out += piece.toString();
      const origin = /http:\/\/127\.0\.0\.1:\d+/.exec(out)?.[0];
      if (origin) resolve({ origin, process: child });
    });
    child.once('exit', (code) => reject(new Error(`${args.join(' ')} ended with ${code}`)));
  });

/** `profile` keeps the server's profile of its processor time in that folder. */
const { BENCH_PROFILE: profile } = process.env;
const provider = await start(['bench/provider-stand-in.ts']);
const passthrough = await start(['bench/passthrough.ts', provider.origin]);
const inlet = await start([...(profile ? ['--cpu-prof', `--cpu-prof-dir=${profile}`] : []), 'local/main.ts'], {
  ...{ HOST: '127.0.0.1', PORT: '0', INLET_DATA_DIR: ':memory:', INLET_API_KEY: encodedKey },
  INLET_EGRESS: JSON.stringify({ '*': provider.origin }),
  // Built-in models elsewhere: no engine starts.
  INLET_ML_NODE: JSON.stringify({ '*': 'http://127.0.0.1:1' }),
});

type Outcome = { readonly first: number; readonly whole: number };

/** Milliseconds from sending until the first bytes of the answer's body, and until its end. */
const post = (origin: string, path: string, body: string): Promise<Outcome> =>
  new Promise((resolve, reject) => {
    const began = performance.now();
    let first: number | undefined;
    let status = 0;
    agent.dispatch(
      {
        ...{ origin, path, method: 'POST', body },
        headers: { 'content-type': 'application/json', authorization: `ApiKey ${encodedKey}` },
      },
      {
        onRequestStart: () => {},
        onResponseStart: (_, code) => {
          status = code;
        },
        onResponseData: () => {
          first ??= performance.now() - began;
        },
        onResponseEnd: () => {
          const whole = performance.now() - began;
          if (status === 200) resolve({ first: first ?? whole, whole });
          else reject(new Error(`${path}: status ${status}`));
        },
        onResponseError: (_, error) => reject(error),
      },
    );
  });

const put = async (path: string, model: string) => {
  const { statusCode, body } = await agent.request({
    ...{ origin: inlet.origin, path, method: 'PUT' },
    headers: { 'content-type': 'application/json', authorization: `ApiKey ${encodedKey}` },
    body: JSON.stringify({
      service: 'openai',
      // No call waits for the limiter.
      service_settings: { model_id: model, api_key: 'sk', rate_limit: { requests_per_minute: 1_000_000_000 } },
    }),
  });
  const answer = await body.text();
  if (statusCode !== 200) throw new Error(answer);
};
await put('/_inference/chat_completion/chat', 'm');
await put('/_inference/text_embedding/embed', 'm');

const messages = [{ role: 'user', content: 'Say something short, in about ten words, about the weather in spring.' }];
const input = Array.from({ length: 64 }, (_, index) => `text number ${index}, a passage of a few words`);
const openAi = {
  chat: ['/v1/chat/completions', JSON.stringify({ model: 'm', messages })],
  stream: ['/v1/chat/completions', JSON.stringify({ model: 'm', messages, stream: true })],
  embed: ['/v1/embeddings', JSON.stringify({ model: 'm', input })],
} as const;
const elasticsearch = {
  chat: ['/_inference/chat_completion/chat', JSON.stringify({ messages })],
  stream: ['/_inference/chat_completion/chat/_stream', JSON.stringify({ messages })],
  embed: ['/_inference/text_embedding/embed', JSON.stringify({ input })],
} as const;

type Kind = keyof typeof openAi;
const ways = {
  direct: { ...provider, calls: openAi },
  passthrough: { ...passthrough, calls: openAi },
  inlet: { ...inlet, calls: elasticsearch },
} as const;
type Way = keyof typeof ways;
// The compiler knows the keys of an object as texts.
const names = Object.keys(ways) as Way[];
const call = (way: Way, kind: Kind): Promise<Outcome> => {
  const [path, body] = ways[way].calls[kind];
  return post(ways[way].origin, path, body);
};

/** The same for each way. */
const each = <Value>(make: (way: Way) => Value): Record<Way, Value> => ({
  direct: make('direct'),
  passthrough: make('passthrough'),
  inlet: make('inlet'),
});

const quantile = (values: readonly number[], part: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))] ?? Number.NaN;
const median = (values: readonly number[]) => quantile(values, 0.5);

/** Linux counts processor time in hundredths of a second. */
const processorTime = ({ process: { pid } }: Started): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
};
const residentMegabytes = ({ process: { pid } }: Started): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;

/** `callers` at once, each with one call after the other. */
const load = async (way: Way, kind: Kind, callers: number, calls: number): Promise<Outcome[]> => {
  const outcomes: Outcome[] = [];
  let left = calls;
  const caller = async () => {
    while (left-- > 0) outcomes.push(await call(way, kind));
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return outcomes;
};

const shown = (value: number) => value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
const report = (what: string, { passthrough: theirs, inlet: ours }: Record<Way, number>, unit: string) =>
  console.log(`${what}: inlet ${shown(ours)} ${unit}, passthrough ${shown(theirs)} ${unit}, ${shown(ours / theirs)} ×`);

/** By turns in blocks, so that whatever else the machine does meets all alike. */
const inTurns = async (kind: Kind, callers: number, blocks: number, calls: number) => {
  const outcomes: Record<Way, Outcome[]> = each(() => []);
  const seconds = each(() => [0]);
  const processor = each(() => 0);
  for (let block = 0; block < blocks; block += 1) {
    for (const way of names) {
      const before = processorTime(ways[way]);
      const began = performance.now();
      outcomes[way].push(...(await load(way, kind, callers, calls)));
      seconds[way].push((performance.now() - began) / 1000);
      processor[way] += processorTime(ways[way]) - before;
    }
  }
  return {
    /** Over a direct call. */
    added: (part: number) =>
      each(
        (way) =>
          quantile(
            outcomes[way].map(({ whole }) => whole),
            part,
          ) -
          quantile(
            outcomes.direct.map(({ whole }) => whole),
            part,
          ),
      ),
    first: (part: number) =>
      each((way) =>
        quantile(
          outcomes[way].map(({ first }) => first),
          part,
        ),
      ),
    perSecond: each((way) => median(seconds[way].slice(1).map((time) => calls / time))),
    processor: each((way) => processor[way] / (blocks * calls)),
  };
};

for (const way of names) {
  await load(way, 'chat', 16, 2_000);
  await load(way, 'embed', 1, 20);
  await load(way, 'stream', 64, 64);
}
const one = await inTurns('chat', 1, 10, 250);
report('one caller, added, median', one.added(0.5), 'ms');
report('one caller, added, p99', one.added(0.99), 'ms');
const many = await inTurns('chat', 16, 8, 2_000);
report('16 callers, calls per second', many.perSecond, '/s');
report('16 callers, processor time of a call', many.processor, 'ms');
const embedding = await inTurns('embed', 1, 6, 15);
report('64 embeddings of 1,536, added, median', embedding.added(0.5), 'ms');
report('64 embeddings of 1,536, processor time', embedding.processor, 'ms');
const streams = await inTurns('stream', 64, 5, 256);
report('64 streams, first event, median', streams.first(0.5), 'ms');
report('64 streams, first event, p99', streams.first(0.99), 'ms');
report('64 streams of 21 events, processor time', streams.processor, 'ms');
report(
  'resident memory',
  each((way) => residentMegabytes(ways[way])),
  'MiB',
);

await agent.close();
// The server ends last: with a profile it writes that first.
provider.process.kill();
passthrough.process.kill();
inlet.process.kill('SIGTERM');

export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

type Fields = Readonly<Record<string, unknown>>;

/** Structured lines. What is passed in must never hold an input, an answer, a header or a secret. */
export type Log = Readonly<Record<LogLevel, (message: string, fields?: Fields) => void>>;

/** An error for the log: its kind and message, and those of its causes, without stacks of what callers sent. */
const describeError = (error: Error): Fields => ({
  name: error.name,
  message: error.message,
  stack: error.stack?.split('\n').slice(1, 4).join(' ').trim(),
  ...(error.cause instanceof Error && { cause: describeError(error.cause) }),
});

const serialisable = (_key: string, value: unknown): unknown => (value instanceof Error ? describeError(value) : value);

/** Most lines hold no object, and so no error: `JSON.stringify` with a function of one's own takes twice as long. */
const replacerFor = (fields: Fields) =>
  Object.values(fields).some((value) => typeof value === 'object') ? serialisable : undefined;

/**
 * Writes one JSON line for each message of at least `level`.
 *
 * @param write - where the lines go; each ends with a line feed
 */
export const createLog = (level: LogLevel, write: (line: string) => void): Log => {
  const least = logLevels.indexOf(level);
  const at = (name: LogLevel, rank: number) =>
    rank < least
      ? () => {}
      : (message: string, fields: Fields = {}) =>
          write(
            `${JSON.stringify({ time: new Date().toISOString(), level: name, message, ...fields }, replacerFor(fields))}\n`,
          );
  return { debug: at('debug', 0), info: at('info', 1), warn: at('warn', 2), error: at('error', 3) };
};

import { describe, expect, it } from 'vitest';
import { createLog, type LogLevel, logLevels } from '../lib/log.ts';

/** The lines of one message at each level. */
const linesAt = (level: LogLevel) => {
  const lines: string[] = [];
  const log = createLog(level, (line) => lines.push(line));
  for (const name of logLevels) log[name](`a ${name}`);
  return lines;
};

describe('the log', () => {
  it.each<[LogLevel, readonly LogLevel[]]>([
    ['debug', ['debug', 'info', 'warn', 'error']],
    ['info', ['info', 'warn', 'error']],
    ['warn', ['warn', 'error']],
    ['error', ['error']],
  ])('at %s writes %j', (level, written) => {
    expect(linesAt(level).map((line): unknown => JSON.parse(line))).toEqual(
      written.map((name) => ({ time: expect.any(String), level: name, message: `a ${name}` })),
    );
  });

  it('writes each message as one line of JSON, its fields after what every line has', () => {
    const lines: string[] = [];
    createLog('info', (line) => lines.push(line)).info('a\nb', {
      first: 1,
      second: { deep: ['x\n'] },
      absent: undefined,
    });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(
      /^\{"time":"\d{4}-[^"]+Z","level":"info","message":"a\\nb","first":1,"second":\{"deep":\["x\\n"\]\}\}\n$/,
    );
  });

  it('tells of errors and their causes, wherever they stand, and nothing else that they carry', () => {
    const lines: string[] = [];
    const cause = Object.assign(new TypeError('inner'), { request: 'sk-secret' });
    const error = Object.assign(new Error('outer', { cause }), { body: 'sk-secret' });
    createLog('info', (line) => lines.push(line)).error('failed', { error, list: [cause] });
    const inner = { name: 'TypeError', message: 'inner', stack: expect.stringContaining('at ') };
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      error: { name: 'Error', message: 'outer', stack: expect.stringContaining('at '), cause: inner },
      list: [inner],
    });
    expect(lines[0]).not.toContain('sk-secret');
  });
});

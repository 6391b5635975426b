import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatTimeValue, parseTimeValue, timeValueProblem } from '../../lib/api/time-value.ts';
import { errorsOf } from './error-chain.ts';

describe('parseTimeValue', () => {
  it.each([
    ['1d', 86_400_000, '1d'],
    ['36h', 129_600_000, '1.5d'],
    ['2h', 7_200_000, '2h'],
    ['90s', 90_000, '1.5m'],
    ['2m', 120_000, '2m'],
    ['30s', 30_000, '30s'],
    ['30S', 30_000, '30s'],
    [' 30 s ', 30_000, '30s'],
    ['+007s', 7_000, '7s'],
    ['1ms', 1, '1ms'],
    ['1500MS', 1_500, '1.5s'],
    ['1999ms', 1_999, '1.9s'],
    ['2050ms', 2_050, '2s'],
    ['500micros', 0.5, '500micros'],
    ['1500micros', 1.5, '1.5ms'],
    ['1nanos', 0.000_001, '1nanos'],
    ['2500nanos', 0.002_5, '2.5micros'],
    ['0', 0, '0s'],
    ['000', 0, '0s'],
    ['0h', 0, '0s'],
    ['-1', -1, '-1'],
    ['-01', -1, '-1'],
    ['-1s', -1_000, '-1'],
    ['9223372036854774000d', 7.968_993_439_842_525e26, '106751.9d'],
  ])('reads %s as %d ms, printed %s', (text, millis, printed) => {
    expect(parseTimeValue(text, 'timeout')).toEqual({ millis, text: printed });
  });

  it.each(['30', 'abc', '', ' ', '-2', '1', '5M', '5m ', '1y', '1w', 'NaN', '1.5'])('finds no unit in %j', (text) => {
    expect(errorsOf(() => parseTimeValue(text, 'timeout'))).toEqual([
      [
        'illegal_argument_exception',
        `failed to parse setting [timeout] with value [${text}] as a time value: unit is missing or unrecognized`,
      ],
    ]);
  });

  it.each(['-5s', '-2ms', '-10d'])('refuses %s, which is negative', (text) => {
    expect(errorsOf(() => parseTimeValue(text, 'ttl'))).toEqual([
      [
        'illegal_argument_exception',
        `failed to parse setting [ttl] with value [${text}] as a time value: negative durations are not supported`,
      ],
    ]);
  });

  it.each(['1.5s', '.5h', '1e3ms', '9223372036854775808s'])('refuses %s, which is no integer', (text) => {
    expect(errorsOf(() => parseTimeValue(text, 'timeout'))).toEqual([
      ['illegal_argument_exception', `failed to parse [${text}], fractional time values are not supported`],
    ]);
  });

  it.each(['s', 'abcs', '1,5s', '--1s', 'abcd'])('refuses %s, whose count is no number', (text) => {
    expect(errorsOf(() => parseTimeValue(text, 'timeout'))).toEqual([
      ['illegal_argument_exception', `failed to parse [${text}]`],
    ]);
  });

  it('prints a whole number of any unit that is not too large for it as it was written', () => {
    const counts = { ms: 999, s: 59, m: 59, h: 23, d: 1_000 };
    const times = fc
      .constantFrom(...Object.entries(counts))
      .chain(([unit, most]) => fc.integer({ min: 1, max: most }).map((count) => `${count}${unit}`));
    fc.assert(
      fc.property(times, (text) => {
        expect(parseTimeValue(text, 'timeout').text).toBe(text);
      }),
    );
  });

  it('throws nothing but its own refusal, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'0159.-+e smhd') }), (text) => {
        const problem = timeValueProblem(text, 'timeout');
        if (problem === undefined) expect(parseTimeValue(text, 'timeout').millis).not.toBeNaN();
        else expect(errorsOf(() => parseTimeValue(text, 'timeout'))).toEqual([['illegal_argument_exception', problem]]);
      }),
    );
  });
});

describe('formatTimeValue', () => {
  it.each([
    [30_000, '30s'],
    [120_000, '2m'],
    [290_000, '4.8m'],
    [999, '999ms'],
    [5_400_000, '1.5h'],
    [0, '0s'],
    [-1, '-1'],
    [0.000_000_1, '0s'],
  ])('prints %d ms as %s', (millis, text) => {
    expect(formatTimeValue(millis)).toBe(text);
  });
});

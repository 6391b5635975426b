import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { didYouMean, nearNames } from '../../lib/api/did-you-mean.ts';

const fields = ['input', 'input_type', 'task_settings', 'timeout'];

describe('didYouMean', () => {
  it.each([
    ['inputs', ' did you mean [input]?'],
    ['Input', ' did you mean [input]?'],
    ['input_typ', ' did you mean any of [input_type, input]?'],
    ['time_out', ' did you mean [timeout]?'],
    ['tasksettings', ' did you mean [task_settings]?'],
    ['query', ''],
    ['', ''],
    ['in', ''],
  ])('ends the message about %j with %j', (name, end) => {
    expect(didYouMean(name, fields)).toBe(end);
  });

  it('puts equally near names in the order of their letters', () => {
    expect(didYouMean('abcx', ['abcz', 'abcy', 'abc'])).toBe(' did you mean any of [abc, abcy, abcz]?');
  });

  it('asks for more than half of the letters', () => {
    expect(didYouMean('abxy', ['abcd'])).toBe('');
  });
});

describe('nearNames', () => {
  const name = fc.string({ unit: fc.constantFrom('a', 'b', '_'), maxLength: 12 });

  it('is symmetric', () => {
    fc.assert(
      fc.property(name, name, (one, other) => {
        expect(nearNames(one, [other]).length).toBe(nearNames(other, [one]).length);
      }),
    );
  });

  it('puts the name itself first', () => {
    fc.assert(
      fc.property(name.filter(Boolean), fc.uniqueArray(name), (own, others) => {
        expect(nearNames(own, [...others.filter((other) => other !== own), own])[0]).toBe(own);
      }),
    );
  });
});

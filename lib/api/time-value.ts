import { illegalArgument } from './errors.ts';

/** A time as a caller gave it: its length in milliseconds, a fraction below one, and as Elasticsearch prints it. */
export type Duration = { readonly millis: number; readonly text: string };

const nanosPerMillisecond = 1e6;

/** Java's `Long`: the longest time, about 106,751 days in nanoseconds, and the largest count of any unit. */
const longest = 2 ** 63;

/** The longest unit first, as the printed form looks for one. */
const units = [
  { suffix: 'd', nanos: 24 * 3600e9 },
  { suffix: 'h', nanos: 3600e9 },
  { suffix: 'm', nanos: 60e9 },
  { suffix: 's', nanos: 1e9 },
  { suffix: 'ms', nanos: nanosPerMillisecond },
  { suffix: 'micros', nanos: 1e3 },
  { suffix: 'nanos', nanos: 1 },
] as const;

/** The longest suffix first, so that `5ms` is not read as seconds. */
const bySuffix = [...units].sort((a, b) => b.suffix.length - a.suffix.length);

/**
 * A time as Elasticsearch prints it: in the largest unit that it fills, with one decimal, cut and not rounded: `30s`, `1.5m`, `1ms`.
 *
 * @param millis - milliseconds; a fraction counts. A negative time is `-1`, which means none
 */
export const formatTimeValue = (millis: number): string => {
  if (millis < 0) return '-1';
  const nanos = Math.min(Math.round(millis * nanosPerMillisecond), longest);
  const unit = units.find((candidate) => nanos >= candidate.nanos);
  if (!unit) return '0s';
  const [whole, fraction = ''] = String(nanos / unit.nanos).split('.');
  return `${whole}${/^[1-9]/.test(fraction) ? `.${fraction.charAt(0)}` : ''}${unit.suffix}`;
};

const unitOf = (text: string) => {
  const normalized = text.trim().toLowerCase();
  // A capital M would be months elsewhere in Elasticsearch, so minutes alone are small.
  return bySuffix.find(({ suffix }) => (suffix === 'm' ? text.endsWith(suffix) : normalized.endsWith(suffix)));
};

/** The count in front of a unit, or why there is none. −1 stands for no time at all in any unit. */
const readCount = (text: string, suffix: string): number | string => {
  const digits = text.trim().slice(0, -suffix.length).trim();
  const count = digits === '' ? Number.NaN : Number(digits);
  if (Number.isNaN(count)) return `failed to parse [${text}]`;
  if (!/^[+-]?\d+$/.test(digits) || Math.abs(count) >= longest)
    return `failed to parse [${text}], fractional time values are not supported`;
  return count;
};

/** A time in milliseconds, or why it is none. */
const readTimeValue = (text: string, setting: string): number | string => {
  const unreadable = `failed to parse setting [${setting}] with value [${text}] as a time value`;
  const unit = unitOf(text);
  if (unit) {
    const count = readCount(text, unit.suffix);
    if (typeof count === 'string') return count;
    return count < -1
      ? `${unreadable}: negative durations are not supported`
      : (count * unit.nanos) / nanosPerMillisecond;
  }
  if (/^-0*1$/.test(text.trim())) return -1;
  return /^0+$/.test(text.trim()) ? 0 : `${unreadable}: unit is missing or unrecognized`;
};

/** What is wrong with a time value, in Elasticsearch's words; undefined for a good one. */
export const timeValueProblem = (text: string, setting: string): string | undefined => {
  const read = readTimeValue(text, setting);
  return typeof read === 'string' ? read : undefined;
};

/**
 * Reads a time value: an integer with `d`, `h`, `m`, `s`, `ms`, `micros` or `nanos`, or a bare `0` or `-1`.
 *
 * @param setting - where it stands, for messages: `timeout`
 * @throws InferenceError 400 `illegal_argument_exception`
 * @see the contract, §3
 */
export const parseTimeValue = (text: string, setting: string): Duration => {
  const read = readTimeValue(text, setting);
  if (typeof read === 'string') throw illegalArgument(read);
  return { millis: read, text: formatTimeValue(read) };
};

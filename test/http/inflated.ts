import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { changedAt, placesOf } from './near-valid.ts';

// Bodies as large as the service takes them: a good one of which one place has grown. They are described, and made only when they are
// sent, so that a failing one can be read.

const mib = 1024 * 1024;

/** Bytes of a body: 5 MiB are the most, 16 MiB once decompressed, and some stand around what has grown. */
const roomOf = (compressed: boolean): number => (compressed ? 16 : 5) * mib - 64 * 1024;
/** Values of a body: a hundred thousand are the most. */
const valueRoom = 99_000;

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

const grownText = (unit: string, room: number): string => unit.repeat(Math.floor(room / (bytesOf(unit) - 2)));

/** How often a value fits that needs so many bytes besides, and as often as it does by its bytes alone where that is asked for. */
const countOf = (value: unknown, besides: number, room: number, tooMany: boolean): number => {
  const byBytes = Math.floor(room / (bytesOf(value) + besides));
  return Math.max(1, tooMany ? byBytes : Math.min(byBytes, Math.floor(valueRoom / placesOf(value).length)));
};

const units = [
  ...['a', ' ', 'a ', 'A', '1', '0', '-', '.', 'a. ', 'Word ', '\n', '\t', '\r\n', '# a\n', '/', '{', '[', '*', '%'],
  ...[
    'é',
    'é ',
    'e\u0301',
    '\u0301',
    'ß',
    'İ',
    '漢',
    '。',
    '한',
    '😀',
    '👩‍👩‍👧 ',
    '\u200b',
    '\u00a0',
    '\u00ad',
    '"',
    '\\',
  ],
  ...['\u0000', '\ud800', '\udc00', `${'x'.repeat(99)} `, '[SEP]', '{"a":1,"a":1}'],
];
const unit = fc.constantFrom(...units);

const names = {
  short: (index: number) => `k${index}`,
  numbers: String,
  long: (index: number) => String(index).padStart(40, 'x'),
} as const;

const small = fc.constantFrom<unknown[]>(
  ...['a', '', 1, 1.5, true, null, {}, [], [[]], { a: 1 }, { type: 'text', value: 'a' }, { type: 'text', text: 'a' }],
  ...[{ role: 'user', content: 'a' }, { content: { type: 'text', value: 'a' } }, 'Word. '.repeat(4), 'x'.repeat(99)],
);

/** How a place of a body grows. */
type Growth =
  | { readonly kind: 'text'; readonly before: string; readonly unit: string; readonly after: string }
  /** Of one element of what is there where none is given; and another one at its end. */
  | { readonly kind: 'list'; readonly element: unknown; readonly last: unknown }
  /** With the fields that are there, or without. */
  | { readonly kind: 'fields'; readonly names: keyof typeof names; readonly value: unknown; readonly added: boolean }
  | { readonly kind: 'depth'; readonly levels: number }
  | { readonly kind: 'name'; readonly unit: string };

const growths: fc.Arbitrary<Growth> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('text' as const),
      before: fc.constantFrom('', 'a', 'https://a.test/', '\n'),
      unit,
      after: fc.constantFrom('', 'x', '\n', '"'),
    }),
  },
  // JSON within JSON, whose values are small.
  {
    weight: 1,
    arbitrary: fc.constant<Growth>({ kind: 'text', before: '{"a":[{}', unit: ',{}', after: ']}' }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('list' as const),
      element: fc.option(small, { nil: undefined }),
      last: fc.option(small, { nil: undefined }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('fields' as const),
      names: fc.constantFrom('short' as const, 'numbers' as const, 'long' as const),
      value: small,
      added: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('depth' as const), levels: fc.constantFrom(900, 1100) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('name' as const), unit }) },
);

/** Which place of a body grows, and how: to more values than are taken, too. */
export type Inflation = {
  readonly place: number;
  readonly growth: Growth;
  readonly compressed: boolean;
  readonly tooMany: boolean;
};

export const anyInflation: fc.Arbitrary<Inflation> = fc.record({
  place: fc.nat(),
  growth: growths,
  compressed: fc.constantFrom(false, false, true),
  tooMany: fc.constantFrom(...Array<boolean>(9).fill(false), true),
});

const nested = (levels: number): unknown => {
  let value: unknown = 1;
  for (let level = 0; level < levels; level += 1) value = level % 2 ? [value] : { a: value };
  return value;
};

const grown = (inside: unknown, { growth, compressed, tooMany }: Inflation): unknown => {
  const room = roomOf(compressed);
  switch (growth.kind) {
    case 'text':
      return growth.before + grownText(growth.unit, room) + growth.after;
    case 'list': {
      const element = growth.element ?? (Array.isArray(inside) ? (inside[0] ?? 1) : inside);
      const list: unknown[] = Array(countOf(element, 1, room, tooMany)).fill(element);
      return growth.last === undefined ? list : [...list, growth.last];
    }
    case 'fields': {
      const nameOf = names[growth.names];
      const count = countOf(growth.value, nameOf(500_000).length + '"":,'.length, room, tooMany);
      const fields = Array.from({ length: count }, (_, index) => [nameOf(index), growth.value] as const);
      return { ...(growth.added && Object(inside)), ...Object.fromEntries(fields) };
    }
    case 'depth':
      return nested(growth.levels);
    case 'name':
      return { [grownText(growth.unit, room)]: 1 };
  }
};

/** A body of which one place, at whatever depth, has grown to the most that a request may hold. */
const inflated = (good: unknown, inflation: Inflation): unknown => {
  const places = placesOf(good);
  const place = places[inflation.place % places.length] ?? [];
  return changedAt(good, place, (inside) => grown(inside, inflation));
};

/** What a request holds: such a body, as text or compressed. */
export const largeBody = (good: unknown, inflation: Inflation) => {
  const body = JSON.stringify(inflated(good, inflation));
  if (!inflation.compressed) return { body };
  const event = { body: gzipSync(body, { level: 1 }).toString('base64'), isBase64Encoded: true };
  return { headers: { 'content-type': 'application/json' }, event };
};

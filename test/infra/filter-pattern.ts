import * as z from 'zod';

// CloudWatch Logs' patterns for JSON lines, as far as this project uses them: `{ ($.a = "x*") && (($.b >= 500) || ($.c.d = 401)) }`.

const term = /^\s*\$\.([\w.]+)\s*(=|!=|>=)\s*(?:"([^"]*)"|(\d+))/;
const fields = z.record(z.string(), z.unknown());

const at = (line: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>((value, name) => fields.safeParse(value).data?.[name], line);

/** A text for a regular expression that finds just that. */
export const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

const holds = (value: unknown, operator: string, text: string | undefined, number: string | undefined): boolean => {
  if (text === undefined) {
    if (typeof value !== 'number') return false;
    return operator === '=' ? value === Number(number) : value >= Number(number);
  }
  const form = new RegExp(`^${text.split('*').map(escaped).join('.*')}$`, 's');
  const isLike = typeof value === 'string' && form.test(value);
  return operator === '!=' ? !isLike : isLike;
};

/**
 * Whether a log line is one that the pattern looks for.
 *
 * @throws Error for a pattern in another form
 */
export const matches = (pattern: string, line: unknown): boolean => {
  let rest = pattern.trim().replace(/^\{(.*)\}$/s, '$1');
  const skip = (text: string): boolean => {
    const trimmed = rest.trimStart();
    if (!trimmed.startsWith(text)) return false;
    rest = trimmed.slice(text.length);
    return true;
  };
  const factor = (): boolean => {
    if (skip('(')) {
      const value = anyOf();
      if (!skip(')')) throw new Error(`No ) before ${rest}`);
      return value;
    }
    const found = term.exec(rest);
    if (!found) throw new Error(`No term at ${rest}`);
    const [all, path = '', operator = '', text, number] = found;
    rest = rest.slice(all.length);
    return holds(at(line, path), operator, text, number);
  };
  const series = (next: () => boolean, sign: string, join: (a: boolean, b: boolean) => boolean): boolean => {
    let value = next();
    while (skip(sign)) value = join(next(), value);
    return value;
  };
  const allOf = (): boolean => series(factor, '&&', (a, b) => a && b);
  const anyOf = (): boolean => series(allOf, '||', (a, b) => a || b);
  const value = anyOf();
  if (rest.trim() !== '') throw new Error(`${rest} is left over`);
  return value;
};

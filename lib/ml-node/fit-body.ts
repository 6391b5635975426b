/** Bytes of a request that SageMaker passes on. */
const mostBytes = 6_291_456;

/** UTF-16 units: no model here reads more than 512 tokens, and 32 texts of this length fit whatever their characters. */
const mostUnits = 32_000;

const shorten = (value: unknown): unknown => {
  if (typeof value === 'string') return value.slice(0, mostUnits);
  return Array.isArray(value) ? value.map(shorten) : value;
};

/** A body as JSON that SageMaker takes. Where it would be too large, texts lose what the model would not read anyway. */
export const fitBody = (body: unknown): string => {
  const whole = JSON.stringify(body);
  if (Buffer.byteLength(whole) <= mostBytes || typeof body !== 'object' || body === null) return whole;
  return JSON.stringify(Object.fromEntries(Object.entries(body).map(([name, value]) => [name, shorten(value)])));
};
